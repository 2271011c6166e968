import { z } from 'zod'
import type { InTransaction } from '../kernel/tx.ts'
import type { LiveHolder } from '../live/live-tokens.ts'
import { type Publication, parsePublication } from '../live/publication.ts'
import { publishUpdate } from '../live/publish-update.ts'
import type { App } from './app.ts'
import { answers, textAnswer } from './document.ts'
import { takeForm } from './form-body.ts'
import { demandGranted, type HubAccessDeps, hubPath, hubUrl, letIn } from './hub-access.ts'

export interface PublishRouteDeps extends HubAccessDeps {
  readonly inTransaction: InTransaction
}

/** What nobody knows is ignored: the protocol may come to have more. */
const fields = z.object({
  topic: z.array(z.string()).default([]).describe('At least one. The first is the canonical topic.'),
  data: z.string().optional(),
  private: z.string().optional().describe('Where it is given, whatever it holds, only those may read the update whose token says so.'),
  id: z.string().optional().describe('An update is published once for each id.'),
  type: z.string().optional(),
  retry: z.string().optional(),
})

/** For other systems: whoever is given a token by one who has the secret. A cookie is no token here: another site could make a browser send it. */
export function publishRoute(app: App, deps: PublishRouteDeps): void {
  const holders = new WeakMap<object, LiveHolder>()
  takeForm(app, ['topic'])
  app.post(
    hubPath,
    {
      schema: {
        ...{ tags: ['live'], summary: 'Publish an update', body: fields, consumes: ['application/x-www-form-urlencoded'] },
        response: { ...answers({}, 400, 401, 403, 408, 409, 413, 415, 429, 500, 503), 200: textAnswer },
      },
      bodyLimit: 256 * 1024,
      // Before the body is looked at.
      onRequest: async (request, reply) => void holders.set(request, await letIn(deps, request, reply)),
    },
    async (request, reply) => {
      const update = parsePublication(request.body satisfies Publication, hubUrl(request, deps.publicUrl))
      demandGranted(holders.get(request)?.grants.publish ?? [], update.topics)
      await deps.inTransaction((tx) => publishUpdate(tx, update))
      return reply.type('text/plain; charset=utf-8').send(update.id)
    },
  )
}
