import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnswerCheck, type TestAnswer } from './test-answers.ts'

const note = {
  type: 'object',
  properties: {
    id: { type: 'string', format: 'uuid' },
    size: { type: 'integer' },
    folderId: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['id', 'size', 'folderId'],
  additionalProperties: false,
}

const document = {
  openapi: '3.1.0',
  paths: {
    '/notes/{id}': {
      get: { responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } } } } },
      delete: { responses: { 204: { description: 'No Content' } } },
    },
    '/notes/newest': { get: { responses: { 200: { content: { 'image/*': { schema: { type: 'string', format: 'binary' } } } } } } },
  },
  components: { schemas: { Note: note } },
}

const check = createAnswerCheck(document)
const right = { id: '00000000-0000-7000-8000-000000000000', size: 1, folderId: null }

const answer = (changes: Partial<Omit<TestAnswer, 'body'>> & { body?: unknown } = {}): TestAnswer => {
  const { body = right, ...rest } = changes
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return {
    method: 'GET',
    url: '/notes/1?full=yes',
    status: 200,
    headers,
    ...rest,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

test('an answer as documented passes, and what is documented nowhere is left alone', () => {
  check(answer())
  check(answer({ method: 'DELETE', status: 204, headers: {}, body: '' }))
  check(answer({ url: '/notes/newest', headers: { 'content-type': 'image/png' }, body: 'bytes' }))
  check(answer({ status: 431, body: { code: 'request.headers_too_large' } }))
  check(answer({ url: '/other', status: 418 }))
  check(answer({ method: 'POST', status: 405 }))
})

const wrong: Readonly<Record<string, [changes: Parameters<typeof answer>[0], message: RegExp]>> = {
  'another status': [{ status: 202 }, /GET \/notes\/\{id\} answered 202, which its document does not list/],
  'another media type': [{ headers: { 'content-type': 'text/plain' } }, /as text\/plain, where its document says application\/json/],
  'no media type': [{ headers: {} }, /as nothing, where its document says application\/json/],
  'a body where there is none': [{ method: 'DELETE', status: 204, body: 'gone' }, /where its document says nothing/],
  'an image that is a page': [{ url: '/notes/newest', headers: { 'content-type': 'text/html' } }, /says image\/\*/],
  'a field that is missing': [{ body: { ...right, size: undefined } }, /must have required property 'size'/],
  'a field more': [{ body: { ...right, secret: 1 } }, /must NOT have additional properties/],
  'another type': [{ body: { ...right, size: '1' } }, /size must be integer/],
  'null where there must be something': [{ body: { ...right, id: null } }, /id must be string/],
  'another format': [{ body: { ...right, id: '1' } }, /id must match format "uuid"/],
}

for (const [what, [changes, message]] of Object.entries(wrong)) {
  test(`${what} is told`, () => assert.throws(() => check(answer(changes)), { name: 'AssertionError', message }))
}
