import { z } from 'zod'
import { demand } from '../kernel/principal.ts'
import type { Reconciliation } from '../media/reconcile.ts'
import { auditFilter, listAudit } from '../operations/list-audit.ts'
import { type StoryDeps, story } from '../operations/story.ts'
import type { App } from './app.ts'
import { answers, anywhere, onWrite } from './document.ts'
import { auditSchema, auditView, storySchema, storyView } from './message-views.ts'
import { pageView } from './views.ts'
import { noBody, pageOf, pageQuery } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface OpsRoutesDeps extends WriteRoutesDeps, StoryDeps {
  /** Makes database and blob store agree, by the rules of the periodic sweep. */
  readonly reconcile: () => Promise<Reconciliation>
}

const tags = ['operations']
const count = z.int().min(0)
const reconciliationSchema = z
  .strictObject({
    reaped: count,
    finished: z.strictObject({ erasures: count, blobs: count }),
    swept: z.strictObject({ keys: count, strays: count, deleted: count, degraded: count }),
  })
  .meta({ id: 'Reconciliation' })

export function opsRoutes(app: App, deps: OpsRoutesDeps): void {
  app.get(
    '/v1/ops/stories/:correlationId',
    {
      schema: {
        tags,
        summary: 'What one correlation id has brought about',
        params: z.strictObject({ correlationId: z.string() }),
        response: answers({ 200: storySchema }, 404, ...anywhere),
      },
    },
    async ({ principal, params: { correlationId } }) => storyView(await story(deps, principal, correlationId)),
  )

  app.get(
    '/v1/ops/audit',
    {
      schema: {
        tags,
        summary: 'List what was done, the newest first',
        querystring: z.strictObject({ ...pageQuery, ...auditFilter.shape }),
        response: answers({ 200: pageOf(auditSchema) }, ...anywhere),
      },
    },
    async ({ principal, query: { limit, cursor, ...filter } }) =>
      pageView(await listAudit(deps.read, principal, { limit, cursor }, filter), auditView),
  )

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/ops/reconcile',
    claim: 'before',
    schema: {
      tags,
      summary: 'Make database and blob store agree',
      body: noBody,
      response: answers({ 200: reconciliationSchema }, ...onWrite),
    },
    handler: async ({ principal }, commit) => {
      demand(principal, 'operate')
      const body = await deps.reconcile()
      return commit(async () => ({ status: 200, body }))
    },
  })
}
