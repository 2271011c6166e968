import { createCipheriv, createHash } from 'node:crypto'
import type { Random } from '../faults/random.ts'
import { pdfPage } from '../service/pdf.ts'
import { pngOf } from '../service/png.ts'

/** Bytes that can be made again from two numbers, so that nothing of a long run has to be remembered whole. */
export interface Content {
  readonly seed: number
  readonly size: number
  readonly sha256: string
}

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

export function newContent(random: Random): Content {
  const seed = random.int(1, 2 ** 31)
  const bytes = bytesOf({ seed, size: newSize(random) })
  return { seed, size: bytes.length, sha256: sha256(bytes) }
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
  if (isPicture(seed)) return pictureOf(seed)
  return isPage(seed) ? pageOf(seed) : noise(seed, size)
}

/** One in sixteen. */
const isPicture = (seed: number) => seed % 16 === 0

/** One in twenty-four. */
const isPage = (seed: number) => seed % 24 === 1

const pageOf = (seed: number) => pdfPage(`0 0 ${100 + (seed % 300)} ${100 + (seed % 200)}`, `0 0 ${seed % 100} 90 re f % ${seed}`)

function pictureOf(seed: number): Buffer {
  const [width, height] = [16 + (seed % 300), 16 + (seed % 200)]
  const rows = noise(seed, height * (1 + 3 * width))
  // No filter, in any row.
  for (let at = 0; at < rows.length; at += 1 + 3 * width) rows[at] = 0
  return pngOf(width, height, rows, 0)
}

function noise(seed: number, size: number): Buffer {
  const key = createHash('sha256').update(String(seed)).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
