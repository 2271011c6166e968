import assert from 'node:assert/strict'
import test from 'node:test'
import { type Kind, sniffBytes, sniffType } from './media-type.ts'
import { failure } from './testing/open-media-room.ts'
import { createRandom } from './testing/random.ts'
import { samples } from './testing/sample-bytes.ts'

type Sample = keyof typeof samples

const openXml = 'application/vnd.openxmlformats-officedocument'

test('content that nobody declares is told from its first bytes', async () => {
  const table: [Sample, string, Kind][] = [
    ['png', 'image/png', 'image'],
    ['jpeg', 'image/jpeg', 'image'],
    ['gif', 'image/gif', 'image'],
    ['webp', 'image/webp', 'image'],
    ['bmp', 'image/bmp', 'image'],
    ['tiff', 'image/tiff', 'image'],
    ['tiffReadFromItsEnd', 'image/tiff', 'image'],
    ['heic', 'image/heic', 'image'],
    ['svg', 'application/xml', 'text'],
    ['bareSvg', 'text/plain', 'text'],
    ['pdf', 'application/pdf', 'document'],
    ['rtf', 'application/rtf', 'document'],
    ['docx', `${openXml}.wordprocessingml.document`, 'document'],
    ['xlsx', `${openXml}.spreadsheetml.sheet`, 'spreadsheet'],
    ['pptx', `${openXml}.presentationml.presentation`, 'presentation'],
    ['odt', 'application/vnd.oasis.opendocument.text', 'document'],
    ['zip', 'application/zip', 'archive'],
    ['gzip', 'application/gzip', 'archive'],
    ['tar', 'application/x-tar', 'archive'],
    ['sevenZip', 'application/x-7z-compressed', 'archive'],
    ['mp4', 'video/mp4', 'video'],
    ['mov', 'video/quicktime', 'video'],
    ['m4a', 'audio/x-m4a', 'audio'],
    ['webm', 'video/webm', 'video'],
    ['mp3', 'audio/mpeg', 'audio'],
    ['wav', 'audio/wav', 'audio'],
    ['flac', 'audio/flac', 'audio'],
    ['text', 'text/plain', 'text'],
    ['html', 'text/plain', 'text'],
    ['json', 'text/plain', 'text'],
    ['latin1', 'text/plain', 'text'],
    ['utf8', 'text/plain', 'text'],
    ['utf16le', 'text/plain', 'text'],
    ['utf16be', 'text/plain', 'text'],
    ['bmw', 'text/plain', 'text'],
    ['solid', 'text/plain', 'text'],
    ['exe', 'application/x-msdownload', 'other'],
    ['doc', 'application/x-cfb', 'other'],
  ]
  for (const [sample, mediaType, kind] of table) {
    for (const undeclared of [undefined, '', 'application/octet-stream', 'application/x-www-form-urlencoded', 'nonsense', '*/*;q=1']) {
      assert.deepEqual(await sniffType(samples[sample], undeclared), { mediaType, kind }, `${sample} declared as ${undeclared}`)
    }
  }
})

test('a declared name that goes with the content is kept, and the kind is that of the content', async () => {
  const table: [Sample, string, string, Kind][] = [
    ['png', 'IMAGE/PNG; x=y', 'image/png', 'image'],
    ['jpeg', 'image/jpg', 'image/jpeg', 'image'],
    ['svg', 'image/svg+xml', 'image/svg+xml', 'image'],
    ['bareSvg', 'image/svg+xml', 'image/svg+xml', 'image'],
    ['html', 'text/html; charset=utf-8', 'text/html', 'text'],
    ['html', 'application/xhtml+xml', 'application/xhtml+xml', 'text'],
    ['json', 'application/json', 'application/json', 'text'],
    ['csv', 'text/csv', 'text/csv', 'text'],
    ['latin1', 'text/plain', 'text/plain', 'text'],
    ['utf16le', 'text/plain', 'text/plain', 'text'],
    ['bmw', 'text/markdown', 'text/markdown', 'text'],
    ['rtf', 'text/rtf', 'application/rtf', 'document'],
    ['rtf', 'text/plain', 'text/plain', 'text'],
    ['doc', 'application/msword', 'application/msword', 'document'],
    ['doc', 'application/vnd.ms-excel', 'application/vnd.ms-excel', 'spreadsheet'],
    ['zip', `${openXml}.wordprocessingml.document`, `${openXml}.wordprocessingml.document`, 'document'],
    ['docx', 'application/zip', `${openXml}.wordprocessingml.document`, 'document'],
    ['odt', 'application/x-zip-compressed', 'application/vnd.oasis.opendocument.text', 'document'],
    ['xlsx', 'application/vnd.ms-excel', `${openXml}.spreadsheetml.sheet`, 'spreadsheet'],
    ['csv', 'application/vnd.ms-excel', 'application/vnd.ms-excel', 'text'],
    ['m4a', 'audio/mp4', 'audio/mp4', 'audio'],
    ['mp4', 'audio/mp4', 'audio/mp4', 'audio'],
    ['mov', 'video/mp4', 'video/mp4', 'video'],
    ['webm', 'audio/webm', 'audio/webm', 'audio'],
    ['wav', 'audio/x-wav', 'audio/wav', 'audio'],
    ['gzip', 'application/x-gzip', 'application/gzip', 'archive'],
    ['png', 'application/x-made-up', 'application/x-made-up', 'image'],
    ['text', 'image/x-made-up', 'image/x-made-up', 'text'],
  ]
  for (const [sample, declared, mediaType, kind] of table) {
    assert.deepEqual(await sniffType(samples[sample], declared), { mediaType, kind }, `${sample} declared as ${declared}`)
  }
})

test('a declared type that the content contradicts is refused', async () => {
  const table: [Sample, string][] = [
    ['png', 'image/jpeg'],
    ['png', 'text/plain'],
    ['png', 'application/pdf'],
    ['png', 'application/msword'],
    ['text', 'image/png'],
    ['text', 'application/pdf'],
    ['text', 'video/mp4'],
    ['text', 'application/zip'],
    ['pdf', 'text/plain'],
    ['pdf', 'text/html'],
    ['exe', 'image/gif'],
    ['exe', 'text/plain'],
    ['mp4', 'audio/mpeg'],
    ['zip', 'application/pdf'],
    ['docx', `${openXml}.spreadsheetml.sheet`],
    ['doc', `${openXml}.wordprocessingml.document`],
    ['html', 'image/gif'],
  ]
  for (const [sample, declared] of table) {
    await assert.rejects(sniffType(samples[sample], declared), failure('file.type_mismatch'), `${sample} declared as ${declared}`)
  }
})

test('an empty file contradicts nothing and is of no kind but text', async () => {
  const none = new Uint8Array(0)
  assert.deepEqual(await sniffType(none, undefined), { mediaType: 'application/octet-stream', kind: 'other' })
  assert.deepEqual(await sniffType(none, 'text/plain'), { mediaType: 'text/plain', kind: 'text' })
  assert.deepEqual(await sniffType(none, 'image/png'), { mediaType: 'image/png', kind: 'other' })
})

test('bytes at random are refused under no name that has no signature', async () => {
  const random = createRandom(1)
  for (let round = 0; round < 1_000; round++) {
    const head = random.bytes(round % 4 === 0 ? random.below(64) : sniffBytes)
    for (const declared of [undefined, 'application/octet-stream', 'application/x-made-up', 'video/x-made-up']) {
      await assert.doesNotReject(sniffType(head, declared), `${head.toString('hex').slice(0, 64)} declared as ${declared}`)
    }
  }
  assert.deepEqual(await sniffType(Buffer.from('00ff8001fe', 'hex'), 'video/x-made-up'), { mediaType: 'video/x-made-up', kind: 'other' })
})
