import { z } from 'zod'
import { roles } from '../kernel/principal.ts'
import { kinds } from '../media/media-type.ts'

/** The shapes that requests and answers share. A request's shapes are strict: a member that nobody knows is an error, not a shrug. */

export const id = z.uuid()
export const instant = z.iso.datetime()

/** Instants are milliseconds since 1970 inside and RFC 3339 outside. */
export const toInstant = (ms: number): string => new Date(ms).toISOString()
export const toInstantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms))

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).optional().describe('The `next` of the page before.'),
}

export const flagQuery = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional()

/** A folder's id, or `root` for the top of the tree. */
export const folderQuery = z
  .union([z.literal('root'), id])
  .transform((folder) => (folder === 'root' ? null : folder))
  .optional()
  .describe('The id of a folder, or `root` for the top of the tree.')

export const pageOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ items: z.array(item), next: z.string().nullable() })

/** For a route that takes none. */
export const noBody = z.strictObject({}).optional()

export const kind = z.enum(kinds)
export const role = z.enum(roles)
