import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectionOf } from './postman.ts'

test('each operation is a request in the folder of its subject, with what it needs', () => {
  const collection = collectionOf({
    info: { title: 'House', version: '1.0.0' },
    components: { schemas: { Name: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } } },
    paths: {
      '/v1/files/{fileId}': {
        patch: {
          summary: 'Rename a file',
          security: [{ bearer: [] }],
          parameters: [
            { name: 'fileId', in: 'path', required: true },
            { name: 'Idempotency-Key', in: 'header' },
            { name: 'expand', in: 'query', required: true },
          ],
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Name' } } } },
        },
      },
      '/readyz': { get: { summary: 'Is it ready?' } },
    },
  }) as {
    readonly item: readonly { readonly name: string; readonly item: readonly { readonly name: string; readonly request: object }[] }[]
  }
  assert.deepEqual(
    collection.item.map(({ name, item }) => [name, ...item.map((one) => one.name)]),
    [
      ['files', 'Rename a file'],
      ['readyz', 'Is it ready?'],
    ],
  )
  assert.deepEqual(collection.item[0]?.item[0]?.request, {
    method: 'PATCH',
    header: [
      { key: 'Idempotency-Key', disabled: true, value: '{{$guid}}' },
      { key: 'Content-Type', value: 'application/json' },
    ],
    url: {
      raw: '{{url}}/v1/files/:fileId',
      host: ['{{url}}'],
      path: ['v1', 'files', ':fileId'],
      query: [{ key: 'expand', disabled: false, value: '' }],
      variable: [{ key: 'fileId', value: '' }],
    },
    body: { mode: 'raw', raw: '{\n  "name": ""\n}', options: { raw: { language: 'json' } } },
  })
  assert.deepEqual(Object(collection.item[1]?.item[0]?.request).auth, { type: 'noauth' })
})
