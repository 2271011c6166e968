import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentDisposition, contentHeaders } from './content-headers.ts'

test('names go into Content-Disposition without breaking out of it', () => {
  assert.equal(contentDisposition('inline', 'a b.txt'), 'inline; filename="a b.txt"')
  assert.equal(contentDisposition('attachment', 'é".txt'), `attachment; filename="__.txt"; filename*=UTF-8''%C3%A9%22.txt`)
  assert.equal(
    contentDisposition('attachment', "100% (it's)*"),
    `attachment; filename="100_ (it's)*"; filename*=UTF-8''100%25%20%28it%27s%29%2A`,
  )
})

test('only what runs nothing is shown inline', () => {
  const disposition = (mediaType: string) =>
    contentHeaders({ name: 'a', mediaType, sha256: 'aa', updatedAt: 0 })['content-disposition']?.split(';', 1)[0]
  for (const type of ['image/png', 'video/mp4', 'audio/mpeg', 'text/plain']) assert.equal(disposition(type), 'inline', type)
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', 'text/javascript', 'application/xml', 'application/octet-stream']) {
    assert.equal(disposition(type), 'attachment', type)
  }
})
