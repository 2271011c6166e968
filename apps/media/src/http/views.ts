import { z } from 'zod'
import type { Page } from '../kernel/page.ts'
import type { Entry } from '../media/entry.ts'
import type { File } from '../media/file.ts'
import type { Folder } from '../media/folder.ts'
import { id, instant, kind, toInstant, toInstantOrNull } from './wire.ts'

export const fileSchema = z
  .strictObject({
    id,
    name: z.string(),
    folderId: id.nullable(),
    mediaType: z.string(),
    kind,
    size: z.int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    state: z.enum(['active', 'trashed', 'purging', 'erasing']),
    private: z.boolean(),
    favourite: z.boolean(),
    tags: z.array(z.string()),
    version: z.int().min(1),
    width: z
      .int()
      .min(1)
      .nullable()
      .describe('Of a picture or a video, in pixels, as it is looked at; null until it was seen, and for anything else.'),
    height: z.int().min(1).nullable(),
    colour: z
      .string()
      .regex(/^#[0-9a-f]{6}$/)
      .nullable()
      .describe('What there is most of in it.'),
    createdAt: instant,
    updatedAt: instant,
    trashedAt: instant.nullable(),
    purgeAt: instant.nullable(),
  })
  .meta({ id: 'File' })

export const folderSchema = z
  .strictObject({
    id,
    name: z.string(),
    parentId: id.nullable(),
    private: z.boolean(),
    favourite: z.boolean(),
    createdAt: instant,
    updatedAt: instant,
    trashedAt: instant.nullable(),
    purgeAt: instant.nullable(),
  })
  .meta({ id: 'Folder' })

export const entrySchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('folder'), ...folderSchema.shape }),
    z.strictObject({ type: z.literal('file'), ...fileSchema.shape }),
  ])
  .meta({ id: 'Entry' })

export const fileView = (file: File) => ({
  id: file.id,
  name: file.name,
  folderId: file.folderId,
  mediaType: file.mediaType,
  kind: file.kind,
  size: file.size,
  sha256: file.sha256,
  state: file.state,
  private: file.private,
  favourite: file.favourite,
  tags: file.tags,
  version: file.version,
  width: file.width,
  height: file.height,
  colour: file.colour,
  createdAt: toInstant(file.createdAt),
  updatedAt: toInstant(file.updatedAt),
  trashedAt: toInstantOrNull(file.trashedAt),
  purgeAt: toInstantOrNull(file.purgeAt),
})

export const folderView = (folder: Folder) => ({
  id: folder.id,
  name: folder.name,
  parentId: folder.parentId,
  private: folder.private,
  favourite: folder.favourite,
  createdAt: toInstant(folder.createdAt),
  updatedAt: toInstant(folder.updatedAt),
  trashedAt: toInstantOrNull(folder.trashedAt),
  purgeAt: toInstantOrNull(folder.purgeAt),
})

export const entryView = (entry: Entry) =>
  entry.type === 'folder' ? { type: entry.type, ...folderView(entry.folder) } : { type: entry.type, ...fileView(entry.file) }

export const pageView = <Item, View>({ items, next }: Page<Item>, view: (item: Item) => View) => ({ items: items.map(view), next })
