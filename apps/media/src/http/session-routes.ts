import { z } from 'zod'
import { endSession } from '../accounts/end-session.ts'
import { endSessions } from '../accounts/end-sessions.ts'
import { listSessions, type SessionView } from '../accounts/list-sessions.ts'
import type { Sql } from '../kernel/tx.ts'
import type { App } from './app.ts'
import { answers, anywhere, byKeyThatWrites, noContent, onWrite } from './document.ts'
import { pageView } from './views.ts'
import { id, instant, noBody, pageOf, pageQuery, toInstant } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface SessionRoutesDeps extends WriteRoutesDeps {
  readonly read: Sql
  readonly clock: () => number
}

const tags = ['accounts']

const sessionSchema = z
  .strictObject({
    id,
    createdAt: instant,
    expiresAt: instant,
    network: z.string().nullable().describe('An IPv4 address, or the first half of an IPv6 one.'),
    client: z.string().nullable().describe('The `User-Agent` of the log-in.'),
    current: z.boolean(),
  })
  .meta({ id: 'Session' })

const sessionView = ({ isCurrent, createdAt, expiresAt, ...session }: SessionView) => ({
  ...session,
  createdAt: toInstant(createdAt),
  expiresAt: toInstant(expiresAt),
  current: isCurrent,
})

export function sessionRoutes(app: App, deps: SessionRoutesDeps): void {
  app.get(
    '/v1/me/sessions',
    {
      schema: {
        tags,
        summary: 'List your sessions: where you are logged in',
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(sessionSchema) }, ...anywhere),
      },
    },
    async ({ principal, query }) => pageView(await listSessions(deps.read, principal, { ...query, now: deps.clock() }), sessionView),
  )

  const ended = answers({ 204: noContent }, 404, ...onWrite)
  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/me/sessions/:sessionId',
    schema: {
      tags,
      summary: 'End one of your sessions',
      description: byKeyThatWrites,
      params: z.strictObject({ sessionId: id }),
      body: noBody,
      response: ended,
    },
    handler: ({ principal, params: { sessionId } }, commit) =>
      commit(async (tx) => {
        await endSession(tx, principal, sessionId)
        return { status: 204 }
      }),
  })

  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/me/sessions',
    schema: {
      tags,
      summary: 'Log out everywhere',
      description: byKeyThatWrites,
      body: noBody,
      response: answers({ 204: noContent }, ...onWrite),
    },
    handler: ({ principal }, commit) =>
      commit(async (tx) => {
        await endSessions(tx, principal, principal.userId)
        return { status: 204 }
      }),
  })

  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/users/:userId/sessions',
    schema: { tags, summary: 'End all sessions of a user', params: z.strictObject({ userId: id }), body: noBody, response: ended },
    handler: ({ principal, params: { userId } }, commit) =>
      commit(async (tx) => {
        await endSessions(tx, principal, userId)
        return { status: 204 }
      }),
  })
}
