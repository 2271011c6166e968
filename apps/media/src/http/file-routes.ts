import { z } from 'zod'
import { copyFile } from '../media/copy-file.ts'
import { type EraseDeps, eraseBytes, finishErasure } from '../media/erase-file.ts'
import { getFile } from '../media/get-file.ts'
import type { MediaLimits } from '../media/limits.ts'
import { fileSorts, listFiles } from '../media/list-files.ts'
import { patchFile } from '../media/patch-file.ts'
import { restoreFile } from '../media/restore-file.ts'
import { trashFile } from '../media/trash-file.ts'
import type { App } from './app.ts'
import { answers, anywhere, noContent, onWrite } from './document.ts'
import { filterQuery, toFilter } from './file-filter.ts'
import { type RememberedPagesDeps, sendRemembered } from './remembered-page.ts'
import { fileSchema, fileView, pageView } from './views.ts'
import { id, noBody, pageOf, pageQuery } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface FileRoutesDeps extends WriteRoutesDeps, EraseDeps, RememberedPagesDeps {
  readonly limits: Pick<MediaLimits, 'purgeDelayMs'>
}

const tags = ['files']
const params = z.strictObject({ fileId: id })

const listQuery = z.strictObject({
  ...pageQuery,
  ...filterQuery,
  sort: z.enum(fileSorts).default('-createdAt'),
})

const patchBody = z.strictObject({
  name: z.string().optional(),
  folderId: id.nullable().optional(),
  private: z.boolean().optional(),
  favourite: z.boolean().optional(),
  tags: z.array(z.string()).max(1000).optional(),
})

const copyBody = z.strictObject({ name: z.string().optional(), folderId: id.nullable().optional() }).optional()
const receiptSchema = z.record(z.string(), z.unknown()).meta({ id: 'ErasureReceipt' })

export function fileRoutes(app: App, deps: FileRoutesDeps): void {
  readFiles(app, deps)
  changeFiles(app, deps)
  deleteFiles(app, deps)
}

function readFiles(app: App, deps: FileRoutesDeps): void {
  const { read } = deps
  app.get(
    '/v1/files',
    { schema: { tags, summary: 'List files', querystring: listQuery, response: answers({ 200: pageOf(fileSchema) }, ...anywhere) } },
    async (request, reply) => {
      const { limit, cursor, sort, ...filter } = request.query
      const make = async () => pageView(await listFiles(read, request.principal, toFilter(filter), { limit, cursor, sort }), fileView)
      return sendRemembered(deps, request, reply, { folderId: filter.folder, make })
    },
  )

  app.get(
    '/v1/files/:fileId',
    { schema: { tags, summary: 'Look at a file', params, response: answers({ 200: fileSchema }, 404, 410, ...anywhere) } },
    async ({ principal, params: { fileId } }) => fileView(await getFile(read, principal, fileId)),
  )
}

function changeFiles(app: App, deps: FileRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'PATCH',
    url: '/v1/files/:fileId',
    schema: {
      tags,
      summary: 'Rename, move, tag, mark',
      params,
      body: patchBody,
      response: answers({ 200: fileSchema }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params: { fileId }, body }, commit) =>
      commit(async (tx) => ({ status: 200, body: fileView(await patchFile(tx, principal, fileId, body)) })),
  })

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/files/:fileId/copy',
    schema: { tags, summary: 'Copy a file', params, body: copyBody, response: answers({ 201: fileSchema }, 404, 410, 507, ...onWrite) },
    handler: ({ principal, params: { fileId }, body }, commit) =>
      commit(async (tx) => {
        const file = await copyFile(tx, principal, fileId, body ?? {})
        return { status: 201, headers: { location: `/v1/files/${file.id}` }, body: fileView(file) }
      }),
  })
}

function deleteFiles(app: App, deps: FileRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/files/:fileId',
    schema: {
      tags,
      summary: 'Move a file to the trash',
      params,
      body: noBody,
      response: answers({ 202: fileSchema, 204: noContent }, 404, ...onWrite),
    },
    handler: ({ principal, params: { fileId } }, commit) =>
      commit(async (tx) => {
        const file = await trashFile(deps, tx, principal, fileId)
        return file === undefined ? { status: 204 } : { status: 202, body: fileView(file) }
      }),
  })

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/files/:fileId/restore',
    schema: {
      tags,
      summary: 'Take a file out of the trash',
      params,
      body: noBody,
      response: answers({ 200: fileSchema }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params: { fileId } }, commit) =>
      commit(async (tx) => ({ status: 200, body: fileView(await restoreFile(tx, principal, fileId)) })),
  })

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/files/:fileId/erase',
    claim: 'before',
    schema: {
      tags,
      summary: 'Delete a file for good, now, with a receipt',
      params,
      body: noBody,
      response: answers({ 200: receiptSchema }, 404, 410, 423, ...onWrite),
    },
    handler: async ({ principal, params: { fileId } }, commit) => {
      await eraseBytes(deps, principal, fileId)
      return commit(async (tx) => ({ status: 200, body: await finishErasure(deps, tx, principal.userId, fileId) }))
    },
  })
}
