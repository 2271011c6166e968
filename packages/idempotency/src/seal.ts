import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { RenderedAnswer } from './answer.ts'

const saltBytes = 16
const ivBytes = 12
const tagBytes = 16

/**
 * For an answer that holds a secret: its body can be read again only by whoever has the Idempotency-Key, which is stored nowhere. As strong as
 * that key is hard to guess. AES-256-GCM under a key by HKDF (RFC 5869).
 */
export function seal(answer: RenderedAnswer, idempotencyKey: string): RenderedAnswer {
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(idempotencyKey, salt), iv)
  const sealed = Buffer.concat([cipher.update(answer.body), cipher.final()])
  return { ...answer, body: Buffer.concat([salt, iv, cipher.getAuthTag(), sealed]) }
}

/** Throws when the body was not sealed under this key, or was changed since. */
export function unseal(answer: RenderedAnswer, idempotencyKey: string): RenderedAnswer {
  const bytes = Buffer.from(answer.body)
  const take = (from: number, length: number) => bytes.subarray(from, from + length)
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(idempotencyKey, take(0, saltBytes)), take(saltBytes, ivBytes))
  decipher.setAuthTag(take(saltBytes + ivBytes, tagBytes))
  const body = Buffer.concat([decipher.update(bytes.subarray(saltBytes + ivBytes + tagBytes)), decipher.final()])
  return { ...answer, body }
}

const deriveKey = (idempotencyKey: string, salt: Buffer) => Buffer.from(hkdfSync('sha256', idempotencyKey, salt, 'stored answer', 32))
