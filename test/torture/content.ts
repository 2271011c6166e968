import { createCipheriv, createHash } from 'node:crypto'
import type { Random } from '../faults/random.ts'

/** Bytes that can be made again from two numbers, so that nothing of a long run has to be remembered whole. */
export interface Content {
  readonly seed: number
  readonly size: number
  readonly sha256: string
}

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

export function newContent(random: Random): Content {
  const content = { seed: random.int(1, 2 ** 31), size: newSize(random) }
  return { ...content, sha256: sha256(bytesOf(content)) }
}

/** Nothing at all, mostly little, now and then several MiB. */
function newSize(random: Random): number {
  const kind = random.next()
  if (kind < 0.05) return 0
  if (kind < 0.65) return random.int(1, 4 * kibibyte)
  if (kind < 0.9) return random.int(4 * kibibyte, 100 * kibibyte)
  return kind < 0.98 ? random.int(100 * kibibyte, mebibyte) : random.int(mebibyte, 4 * mebibyte)
}

export function bytesOf({ seed, size }: Pick<Content, 'seed' | 'size'>): Buffer {
  const key = createHash('sha256').update(String(seed)).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
