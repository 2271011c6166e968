import { z } from 'zod'
import { createFolder } from '../media/create-folder.ts'
import { folderChildren } from '../media/folder-children.ts'
import { getFolder } from '../media/get-folder.ts'
import type { MediaLimits } from '../media/limits.ts'
import { listFolders } from '../media/list-folders.ts'
import { patchFolder } from '../media/patch-folder.ts'
import { restoreFolder } from '../media/restore-folder.ts'
import { trashFolder } from '../media/trash-folder.ts'
import type { App } from './app.ts'
import { answers, anywhere, noContent, onWrite } from './document.ts'
import { type RememberedPagesDeps, sendRemembered } from './remembered-page.ts'
import { entrySchema, entryView, folderSchema, folderView, pageView } from './views.ts'
import { folderQuery, id, noBody, pageOf, pageQuery } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface FolderRoutesDeps extends WriteRoutesDeps, RememberedPagesDeps {
  readonly limits: Pick<MediaLimits, 'purgeDelayMs'>
}

const tags = ['folders']
const params = z.strictObject({ folderId: id })
const placeParams = z.strictObject({ folderId: z.union([z.literal('root'), id]) })
const listQuery = z.strictObject({ ...pageQuery, parent: folderQuery })

const createBody = z.strictObject({ name: z.string(), parentId: id.nullable().optional() })
const patchBody = z.strictObject({
  name: z.string().optional(),
  parentId: id.nullable().optional(),
  private: z.boolean().optional(),
  favourite: z.boolean().optional(),
})

export function folderRoutes(app: App, deps: FolderRoutesDeps): void {
  readFolders(app, deps)
  changeFolders(app, deps)
  deleteFolders(app, deps)
}

function readFolders(app: App, deps: FolderRoutesDeps): void {
  const { read } = deps
  app.get(
    '/v1/folders',
    {
      schema: { tags, summary: 'List folders', querystring: listQuery, response: answers({ 200: pageOf(folderSchema) }, ...anywhere) },
    },
    async (request, reply) => {
      const { parent, ...page } = request.query
      const make = async () => pageView(await listFolders(read, request.principal, { parentId: parent }, page), folderView)
      return sendRemembered(deps, request, reply, { folderId: parent, make })
    },
  )

  app.get(
    '/v1/folders/:folderId',
    { schema: { tags, summary: 'Look at a folder', params, response: answers({ 200: folderSchema }, 404, 410, ...anywhere) } },
    async ({ principal, params: { folderId } }) => folderView(await getFolder(read, principal, folderId)),
  )

  app.get(
    '/v1/folders/:folderId/children',
    {
      schema: {
        tags,
        summary: 'List what lies in a folder, or at the top of the tree (`root`)',
        params: placeParams,
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(entrySchema) }, 404, 409, 410, ...anywhere),
      },
    },
    async (request, reply) => {
      const folderId = request.params.folderId === 'root' ? null : request.params.folderId
      const make = async () => pageView(await folderChildren(read, request.principal, folderId, request.query), entryView)
      return sendRemembered(deps, request, reply, { folderId, make })
    },
  )
}

function changeFolders(app: App, deps: FolderRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/folders',
    schema: { tags, summary: 'Make a folder', body: createBody, response: answers({ 201: folderSchema }, 404, 410, ...onWrite) },
    handler: ({ principal, body: { name, parentId = null } }, commit) =>
      commit(async (tx) => {
        const folder = await createFolder(tx, principal, { name, parentId })
        return { status: 201, headers: { location: `/v1/folders/${folder.id}` }, body: folderView(folder) }
      }),
  })

  writeRoute(app, deps, {
    method: 'PATCH',
    url: '/v1/folders/:folderId',
    schema: {
      tags,
      summary: 'Rename, move, hide, mark',
      params,
      body: patchBody,
      response: answers({ 200: folderSchema }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params: { folderId }, body }, commit) =>
      commit(async (tx) => ({ status: 200, body: folderView(await patchFolder(tx, principal, folderId, body)) })),
  })
}

function deleteFolders(app: App, deps: FolderRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/folders/:folderId',
    schema: {
      tags,
      summary: 'Move a folder to the trash with all that lies in it',
      params,
      body: noBody,
      response: answers({ 202: folderSchema, 204: noContent }, 404, ...onWrite),
    },
    handler: ({ principal, params: { folderId } }, commit) =>
      commit(async (tx) => {
        const folder = await trashFolder(deps, tx, principal, folderId)
        return folder === undefined ? { status: 204 } : { status: 202, body: folderView(folder) }
      }),
  })

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/folders/:folderId/restore',
    schema: {
      tags,
      summary: 'Take a folder out of the trash',
      params,
      body: noBody,
      response: answers({ 200: folderSchema }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params: { folderId } }, commit) =>
      commit(async (tx) => ({ status: 200, body: folderView(await restoreFolder(tx, principal, folderId)) })),
  })
}
