import type { File } from '../media/file.ts'
import { contentEtag } from './preconditions.ts'

/** Types that a browser shows without running anything of theirs. Everything else is saved, never shown. */
const shownInline = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'text/plain',
])

/** What goes with the content of a file, whole, in part or not modified: a stranger's bytes are never a page of ours. */
export function contentHeaders(file: Pick<File, 'name' | 'mediaType' | 'sha256' | 'contentChangedAt'>): Record<string, string> {
  return {
    etag: contentEtag(file.sha256),
    'last-modified': new Date(file.contentChangedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': contentDisposition(shownInline.has(file.mediaType) ? 'inline' : 'attachment', file.name),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
}

/** RFC 6266, with the name in UTF-8 (RFC 8187) beside a plain one for those who read only that. */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  return plain === name ? `${type}; filename="${name}"` : `${type}; filename="${plain}"; filename*=UTF-8''${encodeExtValue(name)}`
}

const encodeExtValue = (text: string) =>
  encodeURIComponent(text).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
