import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { flattenedVerify } from 'jose'
import { generateSigningKey, toPublicJwk, toPublicKey } from '../accounts/signing-keys.ts'
import { failure } from '../accounts/test-accounts.ts'
import { type ReceiptClaims, signReceipt, verifyReceipt } from './receipt.ts'

const claims: ReceiptClaims = {
  tenantId: randomUUID(),
  fileId: randomUUID(),
  blobs: [
    { size: 12, sha256: 'ab'.repeat(32), fate: 'removed' },
    { size: 0, sha256: '01'.repeat(32), fate: 'shared' },
  ],
  requestedBy: randomUUID(),
  erasedAt: '2026-11-20T12:00:00.000Z',
  correlationId: 'a-correlation-id',
}

test('a receipt proves its claims to whoever has the public keys, also after it was written out with its members in another order', async () => {
  const [older, newer] = [await generateSigningKey(), await generateSigningKey()]
  const publicKeys = [toPublicJwk(newer), toPublicJwk(older)]
  const receipt = signReceipt(older, claims)
  assert.deepEqual(verifyReceipt(publicKeys, receipt), claims)
  const shuffled = Object.fromEntries(Object.entries(receipt).toReversed())
  assert.deepEqual(verifyReceipt(publicKeys, JSON.parse(JSON.stringify(shuffled, null, 2))), claims)
  assert.deepEqual(JSON.parse(JSON.stringify(publicKeys[1])), publicKeys[1])
})

test('any JWS library can check it', async () => {
  const key = await generateSigningKey()
  const { signature, ...stated } = signReceipt(key, claims)
  const [header = '', bytes = ''] = signature.split('..')
  const blobs = stated.blobs.map(({ size, sha256, fate }) => ({ fate, sha256, size }))
  const { correlationId, erasedAt, fileId, requestedBy, tenantId } = stated
  const canonical = JSON.stringify({ blobs, correlationId, erasedAt, fileId, requestedBy, tenantId })
  const jws = { protected: header, payload: Buffer.from(canonical).toString('base64url'), signature: bytes }
  const { protectedHeader } = await flattenedVerify(jws, toPublicKey(toPublicJwk(key)))
  assert.deepEqual(protectedHeader, { alg: 'EdDSA', kid: key.kid, typ: 'holdfast-receipt' })
})

test('a changed claim, a stranger signature, an unknown key and what is no receipt are told apart', async () => {
  const key = await generateSigningKey()
  const stranger = await generateSigningKey()
  const publicKeys = [toPublicJwk(key)]
  const receipt = signReceipt(key, claims)
  const changed = [
    { ...receipt, erasedAt: '2026-11-20T12:00:00.001Z' },
    { ...receipt, fileId: randomUUID() },
    { ...receipt, blobs: [...receipt.blobs].reverse() },
    { ...receipt, blobs: [] },
    { ...receipt, signature: signReceipt({ ...stranger, kid: key.kid }, claims).signature },
  ]
  for (const candidate of changed) assert.throws(() => verifyReceipt(publicKeys, candidate), failure('receipt.signature_wrong'))
  assert.throws(() => verifyReceipt(publicKeys, signReceipt(stranger, claims)), failure('receipt.key_unknown'))
  const header = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const notReceipts = [
    null,
    'text',
    {},
    claims,
    { ...receipt, note: 'more' },
    { ...receipt, signature: 'x' },
    { ...receipt, signature: 'x..y' },
    { ...receipt, signature: `${header({ alg: 'none', typ: 'holdfast-receipt', kid: key.kid })}..AAAA` },
  ]
  for (const candidate of notReceipts) assert.throws(() => verifyReceipt(publicKeys, candidate), failure('receipt.malformed'))
})
