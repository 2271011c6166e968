import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestHead, digestParts, digestValue, recordId } from './fingerprint.ts'

const head = { method: 'POST', url: '/files?a=1&b=2', contentType: 'multipart/form-data; Boundary=x; charset=UTF-8' }

test('the order of the query, the case of the type and the boundary do not count; all else of the head does', () => {
  const same = { method: 'POST', url: '/files?b=2&a=1', contentType: 'Multipart/Form-Data;charset=utf-8 ; boundary="y"' }
  assert.equal(digestHead(same), digestHead(head))
  const others = [
    { method: 'PUT' },
    { url: '/files' },
    { url: '/filez' },
    { url: '/files?a=1&b=2&b=2' },
    { url: '/files?a=2&b=1' },
    { url: '/files?c=1&b=2' },
    { url: '/files/?a=1&b=2' },
    { contentType: 'text/plain' },
    { contentType: undefined },
  ]
  assert.equal(new Set([head, ...others.map((other) => ({ ...head, ...other }))].map(digestHead)).size, others.length + 1)
})

test('parts count in their order, with their names and types', () => {
  const a = { name: 'a', filename: 'a.txt', mediaType: 'text/plain', sha256: '1' }
  const b = { name: 'b', sha256: '2' }
  const bodies = [[a, b], [b, a], [a], [{ ...a, name: 'b' }, b], [{ ...a, filename: 'b.txt' }, b], [{ ...a, mediaType: 'text/csv' }, b], []]
  assert.equal(new Set(bodies.map(digestParts)).size, bodies.length)
  assert.equal(digestParts([a, { ...b, filename: undefined, mediaType: undefined }]), digestParts([a, b]))
})

test('a parsed value is the same in any order of its members, and no other', () => {
  assert.equal(digestValue({ a: [{ c: 1, d: 2 }], b: null }), digestValue({ b: null, a: [{ d: 2, c: 1 }] }))
  const values = [undefined, null, {}, [], { a: 1 }, { a: '1' }, [1, 2], [2, 1], 'a', { a: { b: 1 } }, { 'a.b': 1 }]
  assert.equal(new Set(values.map(digestValue)).size, values.length)
})

test('tenant, principal and key cannot be shifted into each other', () => {
  const records = [
    recordId({ tenant: 'a', principal: 'b' }, 'c'),
    recordId({ tenant: 'ab', principal: '' }, 'c'),
    recordId({ tenant: 'a', principal: 'bc' }, ''),
    recordId({ tenant: 'a","b', principal: '' }, 'c'),
  ]
  assert.equal(new Set(records).size, records.length)
})
