import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'

/** An Ed25519 public key as RFC 8037 and RFC 7517 write it. */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  /** RFC 7638 thumbprint. */
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** No token that these keys sign lives longer: a key is valid for as long after its last signature. */
export const longestTokenMs = 24 * 3_600_000

/**
 * The keys that access tokens and receipts are signed with. The next key is valid before it signs, and each stays valid until what it signed
 * has run out: every process takes what any other signs, however often keys are rotated.
 */
export interface SigningKeys {
  /** What signs now. May read a file: ask before a transaction opens. */
  current(): Promise<SigningKey>
  /** The valid ones, newest first. */
  valid(): Promise<readonly PublicJwk[]>
  /** The public half; undefined unless the key is valid. May wait a moment for a key that nobody here knows yet. */
  findPublicKey(kid: string): Promise<KeyObject | undefined>
}

export async function generateSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return { kid: await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })), privateKey }
}

export function toPublicJwk({ kid, privateKey }: SigningKey): PublicJwk {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new TypeError('a signing key must be an Ed25519 key')
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }
}

export const toPublicKey = ({ kty, crv, x }: PublicJwk): KeyObject => createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
