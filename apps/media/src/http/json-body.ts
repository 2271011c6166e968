import { idempotencyPlugin } from '@holdfast/idempotency/fastify'
import type { FastifyInstance } from 'fastify'
import { hasBody } from './steady-body.ts'

/** The only body that routes take, uploads aside. */
export async function takeJson(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers()
  await app.register(idempotencyPlugin)
  // Some HTTP libraries declare JSON on every request. Where there is no body, its type says nothing.
  app.addHook('onRequest', async ({ raw }) => {
    if (!hasBody(raw)) delete raw.headers['content-type']
  })
}
