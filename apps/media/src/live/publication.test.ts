import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePublication } from './publication.ts'

const hubUrl = 'https://hub.example/.well-known/mercure'

test('no topic names what is the hub’s own, however it is written', () => {
  for (const topic of [
    '/.well-known/mercure',
    '/.well-known/mercure/subscriptions/exact/a/b',
    'https://elsewhere.example/.well-known/mercure/x',
    'foo://x/.well-known/mercure/x',
    '/.well-known/%6Dercure/x',
    '/%2ewell-known/mercure/x',
    '/.well-known/x/../mercure/x',
    '/.well-known/x/%2e%2E/mercure/x',
    String.raw`\.well-known\mercure\x`,
    'mercure',
  ]) {
    assert.throws(() => parsePublication({ topic: ['/a', topic] }, hubUrl), { code: 'live.invalid_update' }, topic)
  }
  for (const topic of ['/.well-known/mercures', '/mercure', '/.well-known%2Fmercure', 'https://', 'urn:x', '/.well-known//mercure']) {
    assert.deepEqual(parsePublication({ topic: [topic] }, hubUrl).topics, [topic])
  }
})

test('an id that cannot stand in a header is made anew', () => {
  assert.equal(parsePublication({ topic: ['/a'], id: 'urn:x#[1]' }, hubUrl).id, 'urn:x#[1]')
  for (const id of ['urn:é', 'a"b', 'a b', String.raw`a\b`]) assert.match(parsePublication({ topic: ['/a'], id }, hubUrl).id, /^urn:uuid:/)
})

test('a private update is one whose field is there, whatever it holds', () => {
  assert.equal(parsePublication({ topic: ['/a'] }, hubUrl).isPrivate, false)
  for (const given of ['', 'off', 'on']) assert.equal(parsePublication({ topic: ['/a'], private: given }, hubUrl).isPrivate, true)
})
