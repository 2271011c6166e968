import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { readParts, readText } from './multipart.ts'

const contentType = 'multipart/form-data; boundary=frontier'

async function* inChunks(body: Buffer, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

async function read(body: Buffer | string, size = 7, type = contentType) {
  const parts: { name: string; fileName: string | undefined; mediaType: string | undefined; bytes: Buffer }[] = []
  for await (const { bytes, ...headers } of readParts(inChunks(Buffer.from(body), size), type)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes) chunks.push(chunk)
    parts.push({ ...headers, bytes: Buffer.concat(chunks) })
  }
  return parts
}

const file = (disposition: string, content: string | Buffer = 'x', headers = '') =>
  Buffer.concat([
    Buffer.from(`--frontier\r\nContent-Disposition: ${disposition}\r\n${headers}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
const end = Buffer.from('--frontier--\r\n')

test('what a browser sends is read alike however it is cut', async () => {
  const content = Buffer.concat([randomBytes(500), Buffer.from('\r\n--frontie\r\r\n--front\r\n\r'), randomBytes(500)])
  const form = new FormData()
  form.append('folder', '0198')
  form.append('a', new Blob([content], { type: 'image/png' }), 'é "1".png')
  form.append('b', new Blob([]), 'empty')
  const response = new Response(form)
  const type = response.headers.get('content-type') ?? ''
  const body = Buffer.from(await response.arrayBuffer())
  for (const size of [1, 2, 3, 5, 17, 64, 1000, body.length]) {
    const parts = await read(body, size, type)
    assert.deepEqual(
      parts.map(({ name, fileName, bytes }) => [name, fileName, bytes.length]),
      [
        ['folder', undefined, 4],
        ['a', 'é %221%22.png', content.length],
        ['b', 'empty', 0],
      ],
    )
    assert.deepEqual(parts[1]?.bytes, content)
    assert.equal(parts[1]?.mediaType, 'image/png')
  }
})

test('content that looks almost like the boundary is content', async () => {
  const content = '\r\n--frontie\r\n-\r\r\n--'
  for (let size = 1; size < 40; size++) {
    const [part] = await read(Buffer.concat([file('form-data; name="a"; filename="b"', content), end]), size)
    assert.equal(part?.bytes.toString(), content)
  }
})

test('file names keep their separators, quotes and letters, for the rules of names to judge', async () => {
  const names = [
    ['filename="..\\..\\a.txt"', '..\\..\\a.txt'],
    ['filename="../a.txt"', '../a.txt'],
    ['filename="a\\"b"', 'a"b'],
    ['filename="日本.png"', '日本.png'],
    ['filename=bare.txt', 'bare.txt'],
    ['filename="a; name=b"', 'a; name=b'],
    ['filename="x"; filename*=UTF-8\'\'%C3%A9', 'é'],
    ['filename=""', ''],
  ]
  for (const [given, expected] of names) {
    const [part] = await read(Buffer.concat([file(`form-data; name="f"; ${given}`), end]))
    assert.deepEqual([part?.name, part?.fileName, part?.mediaType], ['f', expected, undefined], given)
  }
})

test('a preamble, an epilogue and parts that nobody reads are skipped', async () => {
  const body = Buffer.concat([
    Buffer.from('preamble\r\n'),
    file('form-data; name="a"', randomBytes(200)),
    file('form-data; name="b"'),
    end,
    Buffer.from('epilogue'),
  ])
  const names: string[] = []
  for await (const part of readParts(inChunks(body, 9), contentType)) names.push(part.name)
  assert.deepEqual(names, ['a', 'b'])
})

test('a part that was read only in part is skipped to its end', async () => {
  const body = Buffer.concat([file('form-data; name="a"', randomBytes(200)), file('form-data; name="b"'), end])
  const names: string[] = []
  for await (const part of readParts(inChunks(body, 9), contentType)) {
    names.push(part.name)
    for await (const _ of part.bytes) break
  }
  assert.deepEqual(names, ['a', 'b'])
})

test('a body without a part has none', async () => assert.deepEqual(await read(end), []))

test('what is malformed is refused', async () => {
  const malformed: [string | Buffer, string?][] = [
    ['', contentType],
    ['--frontier\r\n', contentType],
    [file('form-data; name="a"; filename="b"', 'cut'), contentType],
    [Buffer.concat([file('attachment; name="a"'), end])],
    [Buffer.concat([file('form-data; filename="a"'), end])],
    [Buffer.concat([file('form-data; name="a"', 'x', 'no header\r\n'), end])],
    [Buffer.concat([file('form-data; name="a"', 'x', 'Content-Transfer-Encoding: base64\r\n'), end])],
    [Buffer.concat([file('form-data; name="a"', 'x', `X: ${'y'.repeat(9_000)}\r\n`), end])],
    [Buffer.concat([file('form-data; name="a"; filename*=UTF-8\'\'%ff'), end])],
    [end, 'multipart/form-data'],
    [
      Buffer.concat([
        Buffer.from('--frontier\r\nContent-Disposition: form-data; name="'),
        Buffer.from([0xff]),
        Buffer.from('"\r\n\r\nx\r\n'),
        end,
      ]),
    ],
  ]
  malformed.push([Buffer.concat([file(`form-data; filename="${'\\'.repeat(7_000)}`), end])])
  for (const [body, type] of malformed) await assert.rejects(read(body, 5, type), { code: 'request.body_malformed' }, String(body))
})

test('a field is read up to its limit', async () => {
  assert.equal(await readText(inChunks(Buffer.from('é'.repeat(4)), 3), 8), 'éééé')
  await assert.rejects(readText(inChunks(Buffer.alloc(9), 3), 8), { code: 'request.body_malformed' })
})

test('what the source throws is thrown, and it is closed when the reader leaves early', async () => {
  let closed = false
  async function* broken() {
    try {
      yield file('form-data; name="a"; filename="b"', 'x'.repeat(100))
      throw new Error('cut')
    } finally {
      closed = true
    }
  }
  await assert.rejects(async () => {
    for await (const part of readParts(broken(), contentType)) for await (const _ of part.bytes);
  }, /cut/)
  assert.ok(closed)
  closed = false
  for await (const _ of readParts(broken(), contentType)) break
  assert.ok(closed)
})
