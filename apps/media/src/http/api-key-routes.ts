import { z } from 'zod'
import type { ApiKey } from '../accounts/api-key.ts'
import { createApiKey, createApiKeyInput } from '../accounts/create-api-key.ts'
import { listApiKeys } from '../accounts/list-api-keys.ts'
import { revokeApiKey } from '../accounts/revoke-api-key.ts'
import type { Sql } from '../kernel/tx.ts'
import type { App } from './app.ts'
import { answers, anywhere, noContent, onWrite } from './document.ts'
import { pageView } from './views.ts'
import { id, instant, noBody, pageOf, pageQuery, role, toInstant, toInstantOrNull } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface ApiKeyRoutesDeps extends WriteRoutesDeps {
  readonly read: Sql
}

const tags = ['accounts']
const params = z.strictObject({ apiKeyId: id })
const listQuery = z.strictObject({ ...pageQuery, user: id.optional() })

const apiKeySchema = z
  .strictObject({
    id,
    userId: id,
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(role),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' })
const newApiKeySchema = z.strictObject({ ...apiKeySchema.shape, key: z.string() }).meta({ id: 'NewApiKey' })

const apiKeyView = (apiKey: ApiKey) => ({
  ...apiKey,
  createdAt: toInstant(apiKey.createdAt),
  expiresAt: toInstantOrNull(apiKey.expiresAt),
  revokedAt: toInstantOrNull(apiKey.revokedAt),
})

export function apiKeyRoutes(app: App, deps: ApiKeyRoutesDeps): void {
  app.get(
    '/v1/api-keys',
    {
      schema: {
        tags,
        summary: 'List API keys',
        querystring: listQuery,
        response: answers({ 200: pageOf(apiKeySchema) }, ...anywhere),
      },
    },
    async ({ principal, query: { user, ...page } }) =>
      pageView(await listApiKeys(deps.read, principal, { ...page, userId: user }), apiKeyView),
  )

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/api-keys',
    sealed: true,
    schema: {
      tags,
      summary: 'Make an API key, shown this once',
      body: createApiKeyInput,
      response: answers({ 201: newApiKeySchema }, ...onWrite),
    },
    handler: ({ principal, body }, commit) =>
      commit(async (tx) => {
        const { apiKey, key } = await createApiKey(tx, principal, body)
        return { status: 201, headers: { 'cache-control': 'no-store' }, body: { ...apiKeyView(apiKey), key } }
      }),
  })

  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/api-keys/:apiKeyId',
    schema: {
      tags,
      summary: 'Revoke an API key',
      description: 'By a key: itself, or with the right to write others of its user.',
      params,
      body: noBody,
      response: answers({ 204: noContent }, 404, ...onWrite),
    },
    handler: ({ principal, params: { apiKeyId } }, commit) =>
      commit(async (tx) => {
        await revokeApiKey(tx, principal, apiKeyId)
        return { status: 204 }
      }),
  })
}
