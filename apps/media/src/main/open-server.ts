import type { App } from '../http/app.ts'
import type { Health } from '../http/health-routes.ts'
import { createServer } from '../http/server.ts'
import type { Holdfast } from './app.ts'
import { reconcileHouse } from './reconcile-house.ts'
import { version } from './version.ts'

/** The HTTP face of what was opened; it does not listen yet. */
export function openServer(holdfast: Holdfast, health: Health): Promise<App> {
  const { config, database, log, media } = holdfast
  return createServer({
    ...media,
    authenticate: holdfast.authenticate,
    health,
    idempotency: holdfast.idempotency,
    keys: holdfast.keys,
    live: holdfast.live,
    publicUrl: config.http.publicUrl,
    metrics: holdfast.metrics,
    passwords: holdfast.passwords,
    accessTokens: holdfast.accessTokens,
    messages: holdfast.messenger,
    findMessages: holdfast.messenger.story,
    database,
    index: holdfast.search?.asked,
    reconcile: () => reconcileHouse(holdfast, 'running'),
    clock: holdfast.clock,
    log,
    pace: config.http,
    trustedProxies: config.http.trustedProxies,
    accelPath: config.http.accelPath,
    requestLimits: { ...config.requestLimits, limiter: holdfast.shared.limiter },
    cache: holdfast.shared.cache,
    read: database.read,
    version,
  })
}
