import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { UserRow } from './user.ts'

/** How long a device is known after its last log-in. */
export const deviceMemoryMs = 180 * 24 * 3_600_000

const form = /^([\w-]{22})\.(\d{1,15})\.([\w-]{43})$/

/**
 * A token by which the device that logged in is known again. It proves no user, only that it was made by a log-in of this one since the password
 * was last changed: the hash of the password is the key of its signature, so that nothing is kept of it.
 */
export function nameDevice(user: Pick<UserRow, 'id' | 'password_hash'>, now: number): string {
  const nonce = randomBytes(16).toString('base64url')
  return `${nonce}.${now}.${sign(user, nonce, String(now)).toString('base64url')}`
}

/** What names the device, where the token is one of this user's. */
export function knownDevice(
  user: Pick<UserRow, 'id' | 'password_hash'> | undefined,
  token: string | undefined,
  now: number,
): string | undefined {
  const [, nonce = '', madeAt = '', signature = ''] = form.exec(token ?? '') ?? []
  if (user === undefined || user.password_hash === null || nonce === '' || Number(madeAt) + deviceMemoryMs <= now) return undefined
  return timingSafeEqual(sign(user, nonce, madeAt), Buffer.from(signature, 'base64url')) ? nonce : undefined
}

const sign = ({ id, password_hash }: Pick<UserRow, 'id' | 'password_hash'>, nonce: string, madeAt: string): Buffer =>
  createHmac('sha256', `holdfast known device\n${password_hash}`).update(`${id}\n${nonce}\n${madeAt}`).digest()
