import assert from 'node:assert/strict'
import { type Client, createClient, expectJson, type Problem } from '../service/client.ts'
import { json } from '../service/send.ts'
import type { Operation } from './openapi.ts'
import type { KnownOperation, World } from './operations/known-operation.ts'
import { callOperation } from './operations/operations.ts'

/** What a role grants, as the product says: viewer < editor < admin, and ops stands beside them. */
const granted = {
  viewer: ['read'],
  editor: ['read', 'write'],
  admin: ['read', 'write', 'administer'],
  ops: ['operate'],
} as const satisfies Readonly<Record<string, readonly Need[]>>

type Role = keyof typeof granted
const roles = Object.keys(granted) as readonly Role[]

type Need = 'read' | 'write' | 'administer' | 'operate'

/** The first that fits: what a principal must be granted for an operation, where it needs anything but to be somebody. */
const needs: readonly (readonly [operation: RegExp, need: Need | undefined])[] = [
  [/ \/v1\/ops\//, 'operate'],
  // By an API key, as here: whoever is logged in manages their own account, whatever their roles.
  [/^(PUT|DELETE) \/v1\/(me|api-keys)\b/, 'write'],
  [/ \/v1\/(me|tokens)\b/, undefined],
  [/^GET \/v1\/api-keys/, undefined],
  // By an API key, as here: one that makes others is an administrator's.
  [/^POST \/v1\/api-keys/, 'administer'],
  [/ \/v1\/users\b/, 'administer'],
  [/^(GET|HEAD) \/v1\//, 'read'],
  [/ \/v1\//, 'write'],
]

const needOf = (name: string) => needs.find(([pattern]) => pattern.test(name))?.[1]

const may = (role: Role, need: Need | undefined) => need === undefined || (granted[role] as readonly Need[]).includes(need)

/** A credential for each role: of its own user, and of the owner, who has them all, but with no other scope. */
export type RoleClients = Readonly<Record<Role, { readonly user: Client; readonly scoped: Client }>>

export async function makeRoleClients(url: string, owner: Client, createUser: (role: Role) => Promise<Client>): Promise<RoleClients> {
  const made = roles.map(async (role) => {
    const { key } = expectJson<{ key: string }>(await owner.ask('POST', '/v1/api-keys', { name: role, scopes: [role] }), 201)
    return [role, { user: await createUser(role), scoped: createClient(url, key) }] as const
  })
  return Object.fromEntries(await Promise.all(made)) as RoleClients
}

/**
 * Whoever lacks what the operation needs is refused, with a key of the owner's too; then it is done by the least role that has it, and by all of them where
 * nothing changes.
 */
export async function tryRoles(clients: RoleClients, operation: Operation, known: KnownOperation, world: World): Promise<void> {
  const id = (await known.subject?.(world)) ?? ''
  const call = (client: Client) => callOperation(client, operation, id, known.call?.(world, id))
  const need = needOf(operation.name)
  for (const role of roles.filter((one) => !may(one, need))) {
    const { user, scoped } = clients[role]
    const byKey = await call(scoped)
    assert.equal(byKey.status, 403, `${role}, by a key of the owner: ${byKey.body}`)
    if (operation.method !== 'HEAD') assert.equal(json<Problem>(byKey).code, 'auth.forbidden')
    // What they may not even see is unknown to them.
    const { status } = await call(user)
    assert.ok(status === 403 || status === 404, `${role}: ${status}`)
  }
  const able = roles.filter((one) => may(one, need))
  assert.ok(able.length > 0)
  const isRead = operation.method === 'GET' || operation.method === 'HEAD'
  for (const role of isRead ? able : able.slice(0, 1)) {
    const reply = await call(clients[role].scoped)
    assert.equal(reply.status, known.owner, `${role}, who has what it needs: ${reply.body}`)
  }
}
