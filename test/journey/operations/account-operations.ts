import { logIn } from '../../service/accounts.ts'
import { createClient, expectJson } from '../../service/client.ts'
import { freshName, type KnownOperations, type World } from './known-operation.ts'

type Made = { readonly id: string }

const freshUser = () => ({ email: `${freshName()}@user.example`, name: freshName(), roles: ['viewer'], password: freshName() })

async function user({ owner, marker }: World): Promise<string> {
  return expectJson<Made>(await owner.ask('POST', '/v1/users', { ...freshUser(), name: marker }), 201).id
}

async function disabledUser(world: World): Promise<string> {
  const id = await user(world)
  expectJson(await world.owner.ask('POST', `/v1/users/${id}/disable`), 200)
  return id
}

async function apiKey({ owner, marker }: World): Promise<string> {
  return expectJson<Made>(await owner.ask('POST', '/v1/api-keys', { name: marker }), 201).id
}

async function session({ url, ownerAccount }: World): Promise<string> {
  const { accessToken } = await logIn(url, ownerAccount)
  const { items } = expectJson<{ items: readonly (Made & { readonly current: boolean })[] }>(
    await createClient(url, accessToken).get('/v1/me/sessions'),
    200,
  )
  return items.find(({ current }) => current)?.id ?? ''
}

const administered = { colleague: 403, foreigner: 404 }

export const accountOperations: KnownOperations = {
  // By an API key, as here: only a log-in has a session to end.
  'DELETE /v1/tokens': { owner: 409, colleague: 409, foreigner: 409 },
  'GET /v1/me': { owner: 200, colleague: 200, foreigner: 200 },
  'GET /v1/events': { owner: 200, colleague: 200, foreigner: 200 },
  'PUT /v1/me/password': {
    call: ({ ownerAccount }) => ({ json: { currentPassword: ownerAccount.password, newPassword: ownerAccount.password } }),
    owner: 204,
    colleague: 403,
    foreigner: 403,
  },
  'GET /v1/me/sessions': { subject: session, owner: 200, colleague: 200, foreigner: 200 },
  'DELETE /v1/me/sessions/{sessionId}': { subject: session, owner: 204, colleague: 404, foreigner: 404 },
  'DELETE /v1/me/sessions': { owner: 204, colleague: 204, foreigner: 204 },
  'DELETE /v1/users/{userId}/sessions': { subject: user, owner: 204, ...administered },
  'GET /v1/users': { subject: user, owner: 200, colleague: 403, foreigner: 200, tells: true },
  'POST /v1/users': { call: () => ({ json: freshUser() }), owner: 201, colleague: 403, foreigner: 201 },
  'GET /v1/users/{userId}': { subject: user, owner: 200, ...administered, tells: true },
  'PATCH /v1/users/{userId}': {
    subject: user,
    call: ({ marker }) => ({ json: { name: marker, email: `${freshName()}@user.example` } }),
    owner: 200,
    ...administered,
    tells: true,
  },
  'DELETE /v1/users/{userId}': { subject: user, owner: 204, ...administered },
  'PUT /v1/users/{userId}/roles': {
    subject: user,
    call: () => ({ json: { roles: ['editor'] } }),
    owner: 200,
    ...administered,
    tells: true,
  },
  'POST /v1/users/{userId}/disable': { subject: user, owner: 200, ...administered, tells: true },
  'POST /v1/users/{userId}/enable': { subject: disabledUser, owner: 200, ...administered, tells: true },
  'PUT /v1/users/{userId}/password': { subject: user, call: () => ({ json: { password: freshName() } }), owner: 204, ...administered },
  'GET /v1/api-keys': { subject: apiKey, owner: 200, colleague: 200, foreigner: 200, tells: true },
  // A key makes further ones only in an administrator's hand.
  'POST /v1/api-keys': { call: () => ({ json: { name: freshName() } }), owner: 201, colleague: 403, foreigner: 201 },
  'DELETE /v1/api-keys/{apiKeyId}': { subject: apiKey, owner: 204, colleague: 404, foreigner: 404 },
}
