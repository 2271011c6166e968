import sharp from 'sharp'
import type { Client, Problem } from '../service/client.ts'
import { json, type Reply } from '../service/send.ts'
import type { Expected, PictureCase } from './picture-case.ts'
import { showsQuarters } from './quarters.ts'

/** What the thumbnail's longer side has at most. */
const pixels = 512

/** What became of a case, in a word; and what is wrong with that. */
export interface Verdict {
  readonly outcome: string
  readonly fault?: string
}

/** The answer to its thumbnail, and what the file shows of it. */
export async function judge(client: Client, { expected }: PictureCase, thumbnail: Reply, file: string): Promise<Verdict> {
  if (thumbnail.status === 200) return judgePreview(client, expected, thumbnail, file)
  const { code, reason } = json<Problem & { readonly reason?: string }>(thumbnail)
  const isExpected = code === 'thumbnail.refused' ? expected.refusals?.includes(reason ?? '') : code === expected.code
  const outcome = reason ?? code
  return isExpected === true ? { outcome } : { outcome, fault: `${thumbnail.status} ${thumbnail.body.toString()}` }
}

async function judgePreview(client: Client, { preview }: Expected, { body }: Reply, file: string): Promise<Verdict> {
  const outcome = 'shown'
  if (preview === undefined) return { outcome, fault: 'it should not be shown' }
  const seen = json<{ width: number | null; height: number | null; colour: string }>(await client.get(file))
  const scale = Math.min(1, pixels / Math.max(preview.width, preview.height))
  const { width, height, exif, xmp, iptc, icc, orientation } = await sharp(body).metadata()
  const isSize = Math.abs(width - preview.width * scale) < 1 && Math.abs(height - preview.height * scale) < 1
  if (!isSize) return { outcome, fault: `the thumbnail has ${width} by ${height}` }
  const told = preview.hasNoSize ? { width: null, height: null } : preview
  if (seen.width !== told.width || seen.height !== told.height) return { outcome, fault: `the file says ${seen.width} by ${seen.height}` }
  if (exif ?? xmp ?? iptc ?? icc ?? orientation) return { outcome, fault: 'the thumbnail tells more than it shows' }
  if (preview.shows !== undefined && !(await showsQuarters(body, preview.shows))) return { outcome, fault: 'it shows something else' }
  return { outcome }
}
