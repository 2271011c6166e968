import { sign, verify } from 'node:crypto'
import { z } from 'zod'
import { type PublicJwk, type SigningKey, toPublicKey } from '../accounts/signing-keys.ts'
import { Failure } from '../kernel/failure.ts'

export const receiptClaims = z.strictObject({
  tenantId: z.uuid(),
  fileId: z.uuid(),
  /** `shared`: another file still needs these bytes, so they stay for that one. */
  blobs: z.array(
    z.strictObject({
      size: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      fate: z.enum(['removed', 'shared']),
      /** Made of the others by Holdfast, and gone with them. */
      thumbnail: z.literal(true).optional(),
    }),
  ),
  requestedBy: z.string(),
  erasedAt: z.iso.datetime(),
  correlationId: z.string(),
})
export type ReceiptClaims = Readonly<z.infer<typeof receiptClaims>>

export const receipt = receiptClaims.extend({
  /** A JWS (RFC 7515) with detached payload (its appendix F): header, two dots, signature. */
  signature: z.string().regex(/^[\w-]+\.\.[\w-]+$/),
})
export type Receipt = Readonly<z.infer<typeof receipt>>

const header = z.object({ alg: z.literal('EdDSA'), typ: z.literal('holdfast-receipt'), kid: z.string() })

/** States that a file was erased, so that anybody who has the public keys can check it. The payload is the claims as RFC 8785 writes them. */
export function signReceipt({ kid, privateKey }: SigningKey, claims: ReceiptClaims): Receipt {
  const head = toBase64url(canonicalJson({ alg: 'EdDSA', typ: 'holdfast-receipt', kid }))
  const signature = sign(null, signingInput(head, claims), privateKey).toString('base64url')
  return { ...claims, signature: `${head}..${signature}` }
}

/**
 * The claims, where one of the keys has signed exactly these. `publicKeys`: all that the installation ever had, as its `public-keys.json` lists.
 * Throws `receipt.malformed`, `receipt.key_unknown`, `receipt.signature_wrong`.
 */
export function verifyReceipt(publicKeys: readonly PublicJwk[], candidate: unknown): ReceiptClaims {
  const parsed = receipt.safeParse(candidate)
  if (!parsed.success) throw malformed(parsed.error)
  const { signature, ...claims } = parsed.data
  const [head = '', bytes = ''] = signature.split('..')
  const { kid } = parseHeader(head)
  const jwk = publicKeys.find((key) => key.kid === kid)
  if (jwk === undefined)
    throw new Failure('unprocessable', 'receipt.key_unknown', 'the receipt was signed with a key that is none of these')
  if (!verify(null, signingInput(head, claims), toPublicKey(jwk), Buffer.from(bytes, 'base64url'))) {
    throw new Failure('unprocessable', 'receipt.signature_wrong', 'the receipt is not what was signed: it was changed, or is forged')
  }
  return claims
}

function parseHeader(head: string): z.infer<typeof header> {
  try {
    return header.parse(JSON.parse(Buffer.from(head, 'base64url').toString('utf8')))
  } catch (cause) {
    throw malformed(cause)
  }
}

const malformed = (cause: unknown) => new Failure('unprocessable', 'receipt.malformed', 'this is not a receipt of an erasure', { cause })

const signingInput = (head: string, claims: ReceiptClaims) => Buffer.from(`${head}.${toBase64url(canonicalJson(claims))}`)

const toBase64url = (text: string) => Buffer.from(text).toString('base64url')

/** RFC 8785 for what claims hold: objects with their keys sorted, arrays, texts and whole numbers. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
