import { type Client, createClient, expectJson } from './client.ts'
import type { HoldfastOptions } from './holdfast-process.ts'
import { askCommand } from './run-command.ts'

export interface Account {
  readonly email: string
  readonly password: string
  readonly apiKey: string
}

/** Another tenant with its administrator, made at the command line as an operator would. */
export async function createTenant(house: Pick<HoldfastOptions, 'dataDir' | 'settings'>, name: string): Promise<Account> {
  const email = `${name}@tenant.example`
  const { password, apiKey } = (await askCommand(house, 'accounts', 'create-tenant', name, '--email', email)) as Account
  return { email, password, apiKey }
}

/** A user of the administrator's tenant, who then makes an API key for themselves. */
export async function createUser(
  url: string,
  administrator: Client,
  name: string,
  roles: readonly string[] = ['editor'],
): Promise<Account & { readonly id: string }> {
  const email = `${name}@user.example`
  const password = `pass-${crypto.randomUUID()}`
  const { id } = expectJson<{ id: string }>(await administrator.ask('POST', '/v1/users', { email, name, roles, password }), 201)
  const { accessToken } = await logIn(url, { email, password })
  const made = await createClient(url, accessToken).ask('POST', '/v1/api-keys', { name })
  return { id, email, password, apiKey: expectJson<{ key: string }>(made, 201).key }
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export async function logIn(url: string, { email, password }: Pick<Account, 'email' | 'password'>): Promise<Tokens> {
  return expectJson<Tokens>(await createClient(url).ask('POST', '/v1/tokens', { email, password }), 200)
}
