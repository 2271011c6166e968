import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expectJson } from '../service/client.ts'
import { commandLine } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'

const sdk = fileURLToPath(new URL('opentelemetry-sdk.fixture.ts', import.meta.url))

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly context: { readonly spanId: string } }[]
}

test('with an SDK a request, its transaction and the message that it caused are spans; none tells a secret or a name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-spans-'))
  try {
    const file = join(folder, 'spans')
    const lines: string[] = []
    const settings = { SPANS_FILE: file, MEDIA_PURGE_DELAY_SECONDS: '0' }
    await using house = await openHouse(settings, {
      dataDir: join(folder, 'data'),
      command: ['--import', sdk, commandLine, 'run'],
      onLine: (line) => lines.push(line),
    })
    const { id } = expectJson<{ id: string }>(await house.administrator.upload('private name.txt', Buffer.from('bytes')), 201)
    expectJson(await house.administrator.ask('DELETE', `/v1/files/${id}?token=planted-token`), 202)
    await gone(house, id)
    await house.process.stop()

    const text = await readFile(file, 'utf8')
    const spans = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Span)
    const named = (name: string) => spans.find((span) => span.name === name) ?? assert.fail(`no span ${name}`)
    const [upload, trash] = [named('POST /v1/files'), named('DELETE /v1/files/:fileId')]
    const purge = named('process media.purge-file.v1')
    for (const request of [upload, trash]) {
      const below = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name)
      assert.ok(below.includes('transaction'), `below ${request.name}: ${below}`)
    }
    assert.equal(purge.links[0]?.context.spanId, trash.spanId)
    assert.notEqual(purge.traceId, trash.traceId)
    assert.equal(purge.attributes['holdfast.correlation_id'], trash.attributes['holdfast.correlation_id'])
    assert.ok(
      lines.some((line) => line.includes(`"trace_id":"${purge.traceId}"`)),
      'the log tells the trace',
    )
    for (const secret of [house.account.apiKey, house.account.password, 'planted-token', 'private name']) {
      assert.ok(!text.includes(secret), `${secret} is in a span`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function gone({ administrator }: Awaited<ReturnType<typeof openHouse>>, id: string): Promise<void> {
  for (;;) {
    const { state } = JSON.parse((await administrator.get(`/v1/files/${id}`)).body.toString()) as { state?: string }
    if (state === undefined) return
    await pause(50)
  }
}
