import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type LogInDeps, logIn, logInInput } from '../accounts/log-in.ts'
import { logOut } from '../accounts/log-out.ts'
import { refreshSession, refreshSessionInput } from '../accounts/refresh-session.ts'
import type { SigningKeys } from '../accounts/signing-keys.ts'
import type { App } from './app.ts'
import { keepDevice, originOf } from './device-cookie.ts'
import { answers, noContent, onWrite } from './document.ts'
import { countAddress, type RequestLimits } from './rate-limits.ts'
import { noBody } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface TokenRoutesDeps extends LogInDeps {
  readonly requestLimits: RequestLimits
  readonly keys: Pick<SigningKeys, 'valid'>
  readonly publicUrl: string | undefined
}

const tags = ['accounts']
const tokensSchema = z.strictObject({ accessToken: z.string(), expiresIn: z.int(), refreshToken: z.string() }).meta({ id: 'Tokens' })
const tokenAnswers = answers({ 200: tokensSchema }, 400, 401, 408, 413, 415, 429, 500, 503)

/** What gives credentials, and so asks for none. No answer is kept for a replay: whoever lost a token asks for another. */
export function tokenRoutes(app: App, deps: TokenRoutesDeps): void {
  const onRequest = (request: FastifyRequest, reply: FastifyReply) => countAddress(deps.requestLimits, request, reply)

  app.post(
    '/v1/tokens',
    { onRequest, schema: { tags, summary: 'Log in', body: logInInput, response: tokenAnswers } },
    async (request, reply) => {
      const { tokens, device } = await logIn(deps, request.body, originOf(request))
      return keepDevice(reply, device, deps.publicUrl).header('cache-control', 'no-store').send(tokens)
    },
  )

  app.post(
    '/v1/tokens/refresh',
    { onRequest, schema: { tags, summary: 'Ask for the next tokens', body: refreshSessionInput, response: tokenAnswers } },
    async ({ body }, reply) => reply.header('cache-control', 'no-store').send(await refreshSession(deps, body.refreshToken)),
  )

  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        tags,
        summary: 'The keys that tokens and receipts are signed with',
        response: answers({ 200: z.looseObject({}) }, 500, 503),
      },
    },
    async () => ({ keys: await deps.keys.valid() }),
  )
}

export function logOutRoute(app: App, deps: WriteRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/tokens',
    schema: { tags, summary: 'Log out: end the session of this token', body: noBody, response: answers({ 204: noContent }, ...onWrite) },
    handler: ({ principal }, commit) =>
      commit(async (tx) => {
        await logOut(tx, principal)
        return { status: 204 }
      }),
  })
}
