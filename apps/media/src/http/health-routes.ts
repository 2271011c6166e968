import { z } from 'zod'
import type { App } from './app.ts'
import { answers } from './document.ts'
import { instant } from './wire.ts'

export interface PartHealth {
  /** Without it nothing works; an optional part that is down only degrades its feature. */
  readonly required: boolean
  readonly status: 'up' | 'down'
  /** Since when it is so, in milliseconds since 1970. */
  readonly since: number
  /** For an operator. No address, no secret. */
  readonly detail?: string
}

export interface Health {
  /** False until everything has been opened for the first time. */
  readonly started: () => boolean
  /** The process was told to stop: what it is asked still is answered. */
  readonly isStopping: () => boolean
  readonly parts: () => Promise<Readonly<Record<string, PartHealth>>>
}

const tags = ['health']
const aliveSchema = z.strictObject({ status: z.literal('up') })
const readySchema = z.strictObject({
  status: z.enum(['up', 'degraded', 'down']),
  parts: z.record(
    z.string(),
    z.strictObject({ required: z.boolean(), status: z.enum(['up', 'down']), since: instant, detail: z.string().optional() }),
  ),
})
const startedSchema = z.strictObject({ status: z.enum(['up', 'starting']) })

export function healthRoutes(app: App, health: Health): void {
  app.get('/livez', { schema: { tags, summary: 'The process answers', response: answers({ 200: aliveSchema }) } }, async () => ({
    status: 'up',
  }))

  app.get(
    '/readyz',
    { schema: { tags, summary: 'Each part, required or optional', response: answers({ 200: readySchema, 503: readySchema }) } },
    async (_request, reply) => {
      const parts = await health.parts()
      const status = overall(Object.values(parts))
      return reply.code(status === 'down' ? 503 : 200).send({
        status,
        parts: Object.fromEntries(
          Object.entries(parts).map(([name, part]) => [name, { ...part, since: new Date(part.since).toISOString() }]),
        ),
      })
    },
  )

  app.get(
    '/startupz',
    { schema: { tags, summary: 'Everything has been opened once', response: answers({ 200: startedSchema, 503: startedSchema }) } },
    async (_request, reply) => (health.started() ? { status: 'up' } : reply.code(503).send({ status: 'starting' })),
  )
}

function overall(parts: readonly PartHealth[]): 'up' | 'degraded' | 'down' {
  const down = parts.filter(({ status }) => status === 'down')
  if (down.some(({ required }) => required)) return 'down'
  return down.length > 0 ? 'degraded' : 'up'
}
