import { z } from 'zod'
import type { FileFilter } from '../media/file-conditions.ts'
import { flagQuery, folderQuery, instant, kind } from './wire.ts'

const bytes = z.coerce.number().int().min(0).optional()

/** What a list of files, or a search, may be narrowed to. */
export const filterQuery = {
  folder: folderQuery,
  name: z.string().optional().describe('The whole name, case aside.'),
  kind: kind.optional(),
  tag: z.string().optional(),
  favourite: flagQuery,
  createdFrom: instant.optional().describe('This instant included.'),
  createdBefore: instant.optional().describe('This instant excluded.'),
  minSize: bytes.describe('Bytes, included.'),
  maxSize: bytes.describe('Bytes, included.'),
}

type FilterQuery = z.infer<z.ZodObject<typeof filterQuery>>

export const toFilter = ({ folder, createdFrom, createdBefore, ...filter }: FilterQuery): FileFilter => ({
  ...filter,
  folderId: folder,
  createdFrom: createdFrom === undefined ? undefined : Date.parse(createdFrom),
  createdBefore: createdBefore === undefined ? undefined : Date.parse(createdBefore),
})
