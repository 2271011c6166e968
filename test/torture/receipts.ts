import { createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Report } from './findings.ts'
import type { Ledger } from './ledger.ts'

type Jwk = Extract<Parameters<typeof createPublicKey>[0], { format: 'jwk' }>['key']
type Receipt = Readonly<Record<string, unknown>> & { readonly signature: string }

/** Every receipt, with the published keys and nothing else: a detached JWS (RFC 7515, appendix F) over the sorted claims. */
export async function checkReceipts(dataDir: string, ledgers: readonly Ledger[], report: Report): Promise<number> {
  const { keys } = JSON.parse(await readFile(`${dataDir}/keys/public-keys.json`, 'utf8')) as { keys: Jwk[] }
  const publicKeys = keys.map((key) => createPublicKey({ key, format: 'jwk' }))
  const receipts = ledgers.flatMap((ledger) => ledger.receipts)
  for (const text of receipts) {
    const { signature, ...claims } = JSON.parse(text.toString()) as Receipt
    const [head = '', bytes = ''] = signature.split('..')
    const signed = Buffer.from(`${head}.${Buffer.from(canonical(claims)).toString('base64url')}`)
    const isGenuine = publicKeys.some((key) => verify(null, signed, key, Buffer.from(bytes, 'base64url')))
    if (!isGenuine) report('receipt.wrong', text.toString())
  }
  return receipts.length
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)}}`
}
