import type { FastifyReply, FastifyRequest } from 'fastify'
import { askPasswordReset, askPasswordResetInput } from '../accounts/ask-password-reset.ts'
import { type ResetPasswordDeps, resetPassword, resetPasswordInput } from '../accounts/reset-password.ts'
import type { App } from './app.ts'
import { keepDevice } from './device-cookie.ts'
import { answers, htmlAnswer, noContent } from './document.ts'
import { passwordResetPage, passwordResetPolicy } from './password-reset-page.ts'
import { countAddress, type RequestLimits } from './rate-limits.ts'

export interface PasswordResetRoutesDeps extends ResetPasswordDeps {
  readonly requestLimits: RequestLimits
  readonly publicUrl: string | undefined
}

const tags = ['accounts']
const problems = [400, 408, 413, 415, 429, 500, 503] as const

/** For those who cannot log in, and so asks for no credentials. No answer is kept for a replay: a second mail does no harm, and a token is good once. */
export function passwordResetRoutes(app: App, deps: PasswordResetRoutesDeps): void {
  const onRequest = (request: FastifyRequest, reply: FastifyReply) => countAddress(deps.requestLimits, request, reply)

  app.post(
    '/v1/password-resets',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Have a mail sent by which to set another password',
        body: askPasswordResetInput,
        response: answers({ 202: noContent }, ...problems),
      },
    },
    async ({ body }, reply) => {
      await askPasswordReset(deps, body)
      return reply.code(202).send()
    },
  )

  app.post(
    '/v1/password-resets/confirm',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Set another password with the token of that mail, or a first one with that of the welcome; ends your sessions',
        body: resetPasswordInput,
        response: answers({ 204: noContent }, ...problems, 409, 422),
      },
    },
    async ({ body }, reply) =>
      keepDevice(reply, await resetPassword(deps, body), deps.publicUrl)
        .code(204)
        .send(),
  )

  app.get(
    '/password-reset',
    { schema: { tags, summary: 'Where the link of that mail leads', response: { 200: htmlAnswer, ...answers({}, 500, 503) } } },
    async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', passwordResetPolicy)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'no-store')
        .send(passwordResetPage),
  )
}
