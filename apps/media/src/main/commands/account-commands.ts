import { type Command, InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { actAs } from '../../accounts/act-as.ts'
import { createApiKey, createApiKeyInput } from '../../accounts/create-api-key.ts'
import { createTenant, createTenantInput, newPassword } from '../../accounts/create-tenant.ts'
import { createUser, createUserInput } from '../../accounts/create-user.ts'
import { adoptHouseKey, demandHouseKey } from '../../accounts/house-key.ts'
import { listUsers } from '../../accounts/list-users.ts'
import { removeUser } from '../../accounts/remove-user.ts'
import { revokeApiKey } from '../../accounts/revoke-api-key.ts'
import { setPassword } from '../../accounts/set-password.ts'
import { findUserByEmail } from '../../accounts/user.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Holdfast } from '../app.ts'
import { demandMigrated } from '../health.ts'
import { jsonOption } from './house-commands.ts'
import { type OutputOptions, print, table } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

interface ActingOptions extends OutputOptions {
  /** Whoever can open the database may act as any user of it; the audit names that user. */
  readonly as: string
}

/** Tenants, users and keys. What is secret is printed once, here. */
export function accountCommands(program: Command): void {
  const accounts = program.command('accounts').description('tenants and users')
  accounts
    .command('create-tenant <name>')
    .description('with an administrator and a first API key')
    .requiredOption('--email <address>', 'of the administrator')
    .addOption(jsonOption())
    .action((name: string, options: OutputOptions & { email: string }) => createTenantCommand(name, options))
  acting(accounts.command('create <email>').description('a user of your tenant; prints a password'))
    .requiredOption('--name <name>')
    .option('--roles <names>', 'comma-separated, of viewer, editor, admin, ops', 'editor')
    .action(createUserCommand)
  acting(accounts.command('list').description('the users of your tenant')).action(listUsersCommand)
  acting(accounts.command('reset-password <email>').description('ends the user’s sessions; prints a new password')).action(
    resetPasswordCommand,
  )
  acting(accounts.command('remove <email>').description('for good; trashes the user’s files')).action(removeUserCommand)

  const apiKeys = program.command('api-keys').description('API keys')
  acting(apiKeys.command('create <name>').description('a key of the user you act as'))
    .option('--scopes <names>', 'comma-separated roles; all of the user’s by default')
    .option('--expires-at <instant>', 'RFC 3339; never by default')
    .action(createApiKeyCommand)
  acting(apiKeys.command('revoke <id>').description('counts from the next request on')).action(revokeApiKeyCommand)

  const keys = program.command('keys').description('the keys that tokens and receipts are signed with')
  keys.command('generate').description('make the first one where there is none').addOption(jsonOption()).action(generateKeysCommand)
  keys
    .command('rotate')
    .description('publish the next one, which signs a minute later; what the ones before have signed stays valid')
    .option('--at-once', 'for a key that is in other hands: sign with the next one now, and take nothing any more that another has signed')
    .addOption(jsonOption())
    .action(rotateKeysCommand)
  keys
    .command('adopt')
    .description('where the keys of the others on this database are lost: sign with those of this folder')
    .addOption(jsonOption())
    .action(adoptKeysCommand)
}

const acting = (command: Command) => command.requiredOption('--as <email>', 'the user who does it').addOption(jsonOption())

async function createTenantCommand(name: string, options: OutputOptions & { readonly email: string }): Promise<void> {
  const input = parse(createTenantInput, { name, email: options.email })
  const made = await withHoldfast(({ media, passwords }) => createTenant({ inTransaction: media.inTransaction, passwords }, input))
  print(options, made, () => table(Object.entries(made)))
}

async function createUserCommand(email: string, options: ActingOptions & { readonly name: string; readonly roles: string }): Promise<void> {
  const input = parse(createUserInput, { email, name: options.name, roles: options.roles.split(',') })
  const made = await withHoldfast(async ({ media, passwords }) => {
    const principal = await actAs(media.read, options.as)
    const { password, passwordHash } = await newPassword(passwords)
    const user = await media.inTransaction((tx) => createUser(tx, principal, { ...input, passwordHash }))
    return { id: user.id, email: user.email, roles: user.roles, password }
  })
  print(options, made, () => table(Object.entries(made).map(([key, value]) => [key, String(value)])))
}

async function listUsersCommand(options: ActingOptions): Promise<void> {
  const users = await withHoldfast(async ({ media }) => everyUser(media, await actAs(media.read, options.as)))
  print(options, users, () => table(users.map(({ id, email, name, roles }) => [id, email, name, roles.join(',')])))
}

async function everyUser({ read }: Pick<Holdfast['media'], 'read'>, principal: Parameters<typeof listUsers>[1]) {
  const users = []
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(read, principal, { limit: 500, cursor })
    users.push(...page.items)
    cursor = page.next
  }
  return users
}

async function resetPasswordCommand(email: string, options: ActingOptions): Promise<void> {
  const made = await withHoldfast(async ({ media, passwords }) => {
    const principal = await actAs(media.read, options.as)
    const userId = await idOf(media, email)
    const { password, passwordHash } = await newPassword(passwords)
    await media.inTransaction((tx) => setPassword(tx, principal, userId, passwordHash))
    return { email, password }
  })
  print(options, made, () => table(Object.entries(made)))
}

async function removeUserCommand(email: string, options: ActingOptions): Promise<void> {
  await withHoldfast(async ({ media }) => {
    const principal = await actAs(media.read, options.as)
    const userId = await idOf(media, email)
    await media.inTransaction((tx) => removeUser(tx, principal, userId))
  })
  print(options, { removed: email }, () => ['removed'])
}

async function idOf({ read }: Pick<Holdfast['media'], 'read'>, email: string): Promise<string> {
  const user = await findUserByEmail(read, email)
  if (user === undefined) throw new Failure('not_found', 'user.unknown', 'there is no user with this e-mail address')
  return user.id
}

async function createApiKeyCommand(
  name: string,
  options: ActingOptions & { readonly scopes?: string; readonly expiresAt?: string },
): Promise<void> {
  const { as, scopes, expiresAt } = options
  const input = parse(createApiKeyInput, { name, ...(scopes && { scopes: scopes.split(',') }), ...(expiresAt && { expiresAt }) })
  const made = await withHoldfast(async ({ media }) => {
    const principal = await actAs(media.read, as)
    return media.inTransaction((tx) => createApiKey(tx, principal, input))
  })
  print(options, { ...made.apiKey, key: made.key }, () => [made.key])
}

async function revokeApiKeyCommand(id: string, options: ActingOptions): Promise<void> {
  await withHoldfast(async ({ media }) => {
    const principal = await actAs(media.read, options.as)
    await media.inTransaction((tx) => revokeApiKey(tx, principal, id))
  })
  print(options, { revoked: id }, () => ['revoked'])
}

async function generateKeysCommand(options: OutputOptions): Promise<void> {
  // Opening makes them.
  const { kid } = await withHoldfast(({ keys }) => keys.current(), { migrated: false })
  print(options, { kid }, () => [`signing with ${kid}`])
}

async function rotateKeysCommand(options: OutputOptions & { readonly atOnce?: boolean }): Promise<void> {
  const rotation = await withHoldfast(async (holdfast) => {
    const next = await holdfast.keys.rotate(options)
    await demandHouseKey(holdfast)
    return next
  })
  const next = { ...rotation, signsFrom: new Date(rotation.signsFrom).toISOString() }
  print(options, next, () => [`signing with ${next.kid} from ${next.signsFrom}`])
}

async function adoptKeysCommand(options: OutputOptions): Promise<void> {
  const { kid } = await withHoldfast(
    async (holdfast) => {
      await demandMigrated(holdfast)
      await adoptHouseKey(holdfast)
      return holdfast.keys.current()
    },
    { migrated: false },
  )
  print(options, { kid }, () => [`signing with ${kid}`])
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}
