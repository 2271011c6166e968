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

test('Last-Modified is the last change of the bytes', () => {
  const changedAt = Date.parse('2026-11-20T12:00:00Z')
  const headers = contentHeaders({ name: 'a', mediaType: 'text/plain', sha256: 'aa', contentChangedAt: changedAt })
  assert.equal(headers['last-modified'], 'Fri, 20 Nov 2026 12:00:00 GMT')
})

test('only what runs nothing is shown inline', () => {
  const disposition = (mediaType: string) =>
    contentHeaders({ name: 'a', mediaType, sha256: 'aa', contentChangedAt: 0 })['content-disposition']?.split(';', 1)[0]
  for (const type of ['image/png', 'video/mp4', 'audio/mpeg', 'text/plain']) assert.equal(disposition(type), 'inline', type)
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', 'text/javascript', 'application/xml', 'application/octet-stream']) {
    assert.equal(disposition(type), 'attachment', type)
  }
})
