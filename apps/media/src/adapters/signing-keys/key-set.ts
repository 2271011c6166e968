import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { longestTokenMs, type PublicJwk, type SigningKey, toPublicJwk } from '../../accounts/signing-keys.ts'

/** A key and the instant from which it signs, until the next one does. Milliseconds since 1970. */
export interface HeldKey {
  readonly key: SigningKey
  readonly jwk: PublicJwk
  readonly signsFrom: number
}

/** Newest first. */
export type KeySet = readonly HeldKey[]

export const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})
const privateJwk = publicJwk.extend({ d: z.string() })

/** As it is written; or as it was before keys were published ahead, with one that signs. */
export const keySetFile = z
  .object({ keys: z.array(privateJwk.extend({ signsFrom: z.int() })).min(1) })
  .or(z.object({ current: privateJwk }).transform(({ current }) => ({ keys: [{ ...current, signsFrom: 0 }] })))

export const readKeySet = ({ keys }: z.output<typeof keySetFile>): KeySet =>
  keys.map(({ kty, crv, x, d, kid, signsFrom }) =>
    hold({ kid, privateKey: createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }) }, signsFrom),
  )

export const writeKeySet = (set: KeySet): z.input<typeof keySetFile> => ({
  keys: set.map(({ key, jwk, signsFrom }) => ({ ...jwk, d: key.privateKey.export({ format: 'jwk' }).d ?? '', signsFrom })),
})

export const hold = (key: SigningKey, signsFrom: number): HeldKey => ({ key, jwk: toPublicJwk(key), signsFrom })

/** The newest whose time has come; the oldest for a clock that is behind all of them. */
export const signingAt = (set: KeySet, now: number): HeldKey | undefined => set.find(({ signsFrom }) => signsFrom <= now) ?? set.at(-1)

/** Whoever signs, will sign, or has signed what may still be in use. */
export const validAt = (set: KeySet, now: number): KeySet =>
  set.filter((_, at) => {
    const next = set[at - 1]
    return next === undefined || now < next.signsFrom + longestTokenMs
  })
