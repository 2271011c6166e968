import { z } from 'zod'
import { changePassword, changePasswordInput, preparePasswordChange } from '../accounts/change-password.ts'
import type { CheckPasswordDeps } from '../accounts/check-password.ts'
import { createUser, createUserInput } from '../accounts/create-user.ts'
import { disableUser } from '../accounts/disable-user.ts'
import { enableUser } from '../accounts/enable-user.ts'
import { getMe } from '../accounts/get-me.ts'
import { getUser } from '../accounts/get-user.ts'
import { listUsers } from '../accounts/list-users.ts'
import { patchUser, patchUserInput } from '../accounts/patch-user.ts'
import { removeUser } from '../accounts/remove-user.ts'
import { setPassword, setPasswordInput } from '../accounts/set-password.ts'
import { setRoles, setRolesInput } from '../accounts/set-roles.ts'
import type { User } from '../accounts/user.ts'
import { demand } from '../kernel/principal.ts'
import type { App } from './app.ts'
import { answers, anywhere, byKeyThatWrites, noContent, onWrite } from './document.ts'
import { pageView } from './views.ts'
import { id, instant, noBody, pageOf, pageQuery, role, toInstant, toInstantOrNull } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface UserRoutesDeps extends WriteRoutesDeps, CheckPasswordDeps {}

const tags = ['accounts']
const params = z.strictObject({ userId: id })

const userSchema = z
  .strictObject({
    id,
    email: z.string(),
    name: z.string(),
    roles: z.array(role),
    createdAt: instant,
    updatedAt: instant,
    disabledAt: instant.nullable(),
  })
  .meta({ id: 'User' })

const meSchema = z.strictObject({
  ...userSchema.shape,
  tenant: z.strictObject({ id, name: z.string() }),
  via: z.enum(['token', 'api-key']),
})

const userView = (user: User) => ({
  ...user,
  createdAt: toInstant(user.createdAt),
  updatedAt: toInstant(user.updatedAt),
  disabledAt: toInstantOrNull(user.disabledAt),
})

export function userRoutes(app: App, deps: UserRoutesDeps): void {
  readUsers(app, deps)
  addUsers(app, deps)
  changeUsers(app, deps)
  removeUsers(app, deps)
  changePasswords(app, deps)
}

function readUsers(app: App, { read }: UserRoutesDeps): void {
  app.get('/v1/me', { schema: { tags, summary: 'Who am I', response: answers({ 200: meSchema }, ...anywhere) } }, async ({ principal }) => {
    const { user, ...me } = await getMe(read, principal)
    return { ...userView(user), ...me }
  })

  app.get(
    '/v1/users',
    {
      schema: {
        tags,
        summary: 'List users',
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(userSchema) }, ...anywhere),
      },
    },
    async ({ principal, query }) => pageView(await listUsers(read, principal, query), userView),
  )

  app.get(
    '/v1/users/:userId',
    { schema: { tags, summary: 'Look at a user', params, response: answers({ 200: userSchema }, 404, ...anywhere) } },
    async ({ principal, params: { userId } }) => userView(await getUser(read, principal, userId)),
  )
}

function addUsers(app: App, deps: UserRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/users',
    claim: 'before',
    schema: { tags, summary: 'Add a user', body: createUserInput, response: answers({ 201: userSchema }, ...onWrite) },
    handler: async ({ principal, body: { password, ...user } }, commit) => {
      demand(principal, 'administer')
      const passwordHash = password === undefined ? null : await deps.passwords.hash(password)
      return commit(async (tx) => {
        const created = await createUser(tx, principal, { ...user, passwordHash })
        return { status: 201, headers: { location: `/v1/users/${created.id}` }, body: userView(created) }
      })
    },
  })
}

function changeUsers(app: App, deps: UserRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'PATCH',
    url: '/v1/users/:userId',
    schema: {
      tags,
      summary: 'Change a name (also your own) or an e-mail address',
      description: `Your own name: ${byKeyThatWrites}`,
      params,
      body: patchUserInput,
      response: answers({ 200: userSchema }, 404, ...onWrite),
    },
    handler: ({ principal, params: { userId }, body }, commit) =>
      commit(async (tx) => ({ status: 200, body: userView(await patchUser(tx, principal, userId, body)) })),
  })

  writeRoute(app, deps, {
    method: 'PUT',
    url: '/v1/users/:userId/roles',
    schema: { tags, summary: 'Give and take roles', params, body: setRolesInput, response: answers({ 200: userSchema }, 404, ...onWrite) },
    handler: ({ principal, params: { userId }, body: { roles } }, commit) =>
      commit(async (tx) => ({ status: 200, body: userView(await setRoles(tx, principal, userId, roles)) })),
  })

  const switches = [
    { verb: 'disable', change: disableUser },
    { verb: 'enable', change: enableUser },
  ]
  for (const { verb, change } of switches) {
    writeRoute(app, deps, {
      method: 'POST',
      url: `/v1/users/:userId/${verb}`,
      schema: { tags, summary: `${verb} a user`, params, body: noBody, response: answers({ 200: userSchema }, 404, ...onWrite) },
      handler: ({ principal, params: { userId } }, commit) =>
        commit(async (tx) => ({ status: 200, body: userView(await change(tx, principal, userId)) })),
    })
  }
}

function removeUsers(app: App, deps: UserRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/users/:userId',
    schema: {
      tags,
      summary: 'Remove a user for good; trashes their files',
      params,
      body: noBody,
      response: answers({ 204: noContent }, 404, ...onWrite),
    },
    handler: ({ principal, params: { userId } }, commit) =>
      commit(async (tx) => {
        await removeUser(tx, principal, userId)
        return { status: 204 }
      }),
  })
}

function changePasswords(app: App, deps: UserRoutesDeps): void {
  writeRoute(app, deps, {
    method: 'PUT',
    url: '/v1/me/password',
    claim: 'before',
    schema: {
      tags,
      summary: 'Change your password; ends your sessions',
      description: byKeyThatWrites,
      body: changePasswordInput,
      response: answers({ 204: noContent }, ...onWrite),
    },
    handler: async ({ principal, body }, commit) => {
      const change = await preparePasswordChange(deps, principal, body)
      return commit(async (tx) => {
        await changePassword(tx, principal, change)
        return { status: 204 }
      })
    },
  })

  writeRoute(app, deps, {
    method: 'PUT',
    url: '/v1/users/:userId/password',
    claim: 'before',
    schema: {
      tags,
      summary: 'Give a user another password; ends their sessions',
      params,
      body: setPasswordInput,
      response: answers({ 204: noContent }, 404, ...onWrite),
    },
    handler: async ({ principal, params: { userId }, body: { password } }, commit) => {
      demand(principal, 'administer')
      const passwordHash = await deps.passwords.hash(password)
      return commit(async (tx) => {
        await setPassword(tx, principal, userId, passwordHash)
        return { status: 204 }
      })
    },
  })
}
