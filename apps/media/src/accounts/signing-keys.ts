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

/**
 * The keys that access tokens and receipts are signed with. After a rotation the key before stays valid, so that what it signed
 * lives on; the one before that does not. A rotation by another process is seen within seconds.
 */
export interface SigningKeys {
  /** What signs from now on. May read a file: ask before a transaction opens. */
  current(): Promise<SigningKey>
  /** The valid ones, newest first: one or two. */
  valid(): Promise<readonly PublicJwk[]>
  /** The public half; undefined unless the key is valid. */
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
