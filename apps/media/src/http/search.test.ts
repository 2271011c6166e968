import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from './test-server.ts'

test('a search answers with files, highlights and how fresh it is; bad input is told what is wrong', async (t) => {
  const { app, auth } = await startTestServer(t)
  const uploaded = await app.inject({
    method: 'POST',
    url: `/v1/files?name=${encodeURIComponent('Été 10.txt')}`,
    headers: auth,
    payload: 'x',
  })
  const search = async (query: string) => (await app.inject({ url: `/v1/search${query}`, headers: auth })).json()
  const answer = await search('?q=et&kind=text&minSize=1')
  const { id } = uploaded.json()
  assert.deepEqual(
    answer.items.map((item: { id: string; highlights: unknown }) => [item.id, item.highlights]),
    [[id, [{ field: 'name', text: 'Été 10.txt', ranges: [{ start: 0, end: 3 }] }]]],
  )
  assert.ok(Date.parse(answer.asOf) <= Date.now())
  assert.equal((await app.inject({ url: '/v1/search?q=et' })).statusCode, 401)
  const bad = {
    'request.invalid': [
      '',
      '?q=',
      `?q=${'a'.repeat(10_000)}`,
      '?q=a%00b',
      '?q=a&q=b',
      '?q=a&minSize=-1',
      '?q=a&createdFrom=now',
      '?q=a&x=1',
    ],
    'search.query_invalid': ['?q=%20', '?q=%22*%22', `?q=${Array.from({ length: 20 }, (_, at) => at).join('+')}`],
    'request.cursor_invalid': ['?q=a&cursor=x', '?q=a&cursor=WyJhIl0'],
  }
  for (const [code, queries] of Object.entries(bad)) {
    for (const query of queries) assert.equal((await search(query)).code, code, query.slice(0, 40))
  }
  for (const query of ["?q='x'%20OR%201", '?q=%2Ba%20-b*', '?q=%F0%9F%8E%89', '?q=%E6%9D%B1', '?q=%D7%A9']) {
    assert.deepEqual((await search(query)).items, [], query)
  }
})
