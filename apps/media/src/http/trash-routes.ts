import { z } from 'zod'
import { emptyTrash } from '../media/empty-trash.ts'
import type { EraseDeps } from '../media/erase-file.ts'
import { listTrash } from '../media/list-trash.ts'
import type { App } from './app.ts'
import { answers, anywhere, onWrite } from './document.ts'
import { entrySchema, entryView, pageView } from './views.ts'
import { id, noBody, pageOf, pageQuery } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface TrashRoutesDeps extends WriteRoutesDeps, EraseDeps {}

const tags = ['trash']
const emptiedSchema = z.strictObject({ erased: z.array(id), skipped: z.array(z.strictObject({ id, code: z.string() })) })

export function trashRoutes(app: App, deps: TrashRoutesDeps): void {
  app.get(
    '/v1/trash',
    {
      schema: {
        tags,
        summary: 'List what was deleted',
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(entrySchema) }, ...anywhere),
      },
    },
    async ({ principal, query }) => pageView(await listTrash(deps.read, principal, query), entryView),
  )

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/trash/empty',
    claim: 'before',
    schema: { tags, summary: 'Erase all of your own in the trash', body: noBody, response: answers({ 200: emptiedSchema }, ...onWrite) },
    handler: async ({ principal }, commit) => {
      const emptied = await emptyTrash(deps, principal)
      return commit(async () => ({ status: 200, body: emptied }))
    },
  })
}
