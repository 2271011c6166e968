import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswordHashing, type PasswordAttempt } from './password-hashing.ts'
import { failure } from './test-accounts.ts'

const given = (hash: string | null): PasswordAttempt => ({ load: async () => hash, refused: async () => {} })

test('a password matches its own hash and no other does', async () => {
  const passwords = createPasswordHashing({ costExponent: 4 })
  const hash = await passwords.hash('pässwörd of ann')
  assert.equal(await passwords.verify('pässwörd of ann', given(hash)), true)
  assert.equal(await passwords.verify('pässwörd of Ann', given(hash)), false)
  assert.equal(await passwords.verify('pässwörd of ann'.normalize('NFD'), given(hash)), true)
  assert.notEqual(await passwords.hash('pässwörd of ann'), hash)
})

test('nobody has no password', async () => {
  const passwords = createPasswordHashing({ costExponent: 4 })
  assert.equal(await passwords.verify('anything at all', given(null)), false)
})

test('by default the parameters are those that OWASP names, and stand in the hash', async () => {
  const passwords = createPasswordHashing()
  const hash = await passwords.hash('a long enough one')
  assert.match(hash, /^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.ok(hash.length <= 255)
  const cheaper = createPasswordHashing({ costExponent: 4 })
  assert.equal(await cheaper.verify('a long enough one', given(hash)), true)
  assert.equal(cheaper.isCurrent(hash), false)
  assert.equal(passwords.isCurrent(hash), true)
})

test('so many at a time, the rest in order, and no more than can wait', async () => {
  const passwords = createPasswordHashing({ costExponent: 4, maxConcurrent: 2, maxWaiting: 10 })
  const order: number[] = []
  let running = 0
  let most = 0
  const attempts = Array.from({ length: 13 }, async (_, index) =>
    passwords.verify('whatever it may be', {
      load: async () => {
        most = Math.max(most, ++running)
        order.push(index)
        return null
      },
      refused: async () => {
        running -= 1
      },
    }),
  )
  const outcomes = await Promise.allSettled(attempts)
  assert.equal(most, 2)
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  const refused = outcomes.find((outcome) => outcome.status === 'rejected')
  failure('auth.busy', 'unavailable')(refused?.reason)
})

test('a place is free again after an error', async () => {
  const passwords = createPasswordHashing({ costExponent: 4, maxConcurrent: 1, maxWaiting: 0 })
  await assert.rejects(
    passwords.verify('x', { ...given(null), load: () => Promise.reject(new Error('the database is away')) }),
    /the database is away/,
  )
  assert.equal(await passwords.verify('x', given(null)), false)
})
