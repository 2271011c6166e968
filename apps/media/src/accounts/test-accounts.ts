import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Failure, FailureKind } from '../kernel/failure.ts'
import type { Role } from '../kernel/principal.ts'
import { openTestDatabase } from '../operations/test-database.ts'
import { createAccessTokens } from './access-tokens.ts'
import { actAs } from './act-as.ts'
import { authenticate } from './authenticate.ts'
import { createTenant } from './create-tenant.ts'
import { createUser } from './create-user.ts'
import { firstRun } from './first-run.ts'
import { type LogInDeps, type LogInInput, type LogInOrigin, logIn, type Tokens } from './log-in.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { generateSigningKey, type SigningKeys, toPublicJwk, toPublicKey } from './signing-keys.ts'

export const password = 'correct horse battery staple'
const ttlSeconds = 900

/** Everything that accounts need, on a real database with the tables that `openTestDatabase` chooses, with an administrator of the first run and a cheap password hash. */
export async function openTestAccounts(t: TestContext, wanted?: RegExp) {
  const house = await openTestDatabase(t, wanted)
  const passwords = createPasswordHashing({ costExponent: 4 })
  const keys = keysInMemory([await generateSigningKey()])
  const accessTokens = createAccessTokens({ keys, issuer: 'https://media.example', audience: 'holdfast', ttlSeconds, clock: house.clock })
  const deps = { ...house, passwords, accessTokens }
  const credentials = await firstRun(deps)
  assert.ok(credentials)
  const administrator = await actAs(house.read, credentials.email)

  const addUser = async (email: string, roles: readonly Role[], by = administrator) => {
    const passwordHash = await passwords.hash(password)
    await house.inTransaction((tx) => createUser(tx, by, { email, name: 'Someone', roles, passwordHash }))
    return actAs(house.read, email)
  }
  const addTenant = async (email: string) => {
    await createTenant(deps, { name: 'Another', email })
    return actAs(house.read, email)
  }
  return {
    ...deps,
    keys,
    credentials,
    administrator,
    addUser,
    addTenant,
    authenticate: (credential: string | undefined) => authenticate(deps, credential),
  }
}

const desk = { network: '192.0.2.1', device: undefined, client: 'a test' }

/** As `logIn`, from a place that is always the same where none is given. */
export async function logInFrom(deps: LogInDeps, input: LogInInput, from: Partial<LogInOrigin> = {}): Promise<Tokens> {
  return (await logIn(deps, input, { ...desk, ...from })).tokens
}

/** The first key signs, all of them are valid. */
export function keysInMemory(signingKeys: Awaited<ReturnType<typeof generateSigningKey>>[]): SigningKeys {
  return {
    current: async () => {
      const [newest] = signingKeys
      assert.ok(newest)
      return newest
    },
    valid: async () => signingKeys.map(toPublicJwk),
    findPublicKey: async (kid) => {
      const found = signingKeys.find((key) => key.kid === kid)
      return found && toPublicKey(toPublicJwk(found))
    },
  }
}

/** For `assert.rejects` and `assert.throws`. */
export const failure = (code: string, kind?: FailureKind) => (error: Failure) => {
  assert.equal(error.code, code)
  if (kind !== undefined) assert.equal(error.kind, kind)
  return true
}
