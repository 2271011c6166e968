import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { openHoldfast } from './app.ts'
import { parseConfig } from './config.ts'

async function open(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-parts-'))
  t.after(() => rm(folder, { recursive: true }))
  return openHoldfast(parseConfig({ APP_ENV: 'test', DATA_DIR: folder, LOG_LEVEL: 'silent', ...settings }))
}

const page = await readFile(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')

/** `part call outcome`, of each that was counted; each is one that docs/metrics.md tells of. */
async function countedBy({ metrics }: Pick<Awaited<ReturnType<typeof open>>, 'metrics'>): Promise<string[]> {
  const series = (await metrics.render()).matchAll(/^holdfast_part_calls_total\{part="(\w+)",call="(\w+)",outcome="(\w+)"\} [1-9]/gm)
  return [...series]
    .map(([, part, call, outcome]) => {
      assert.match(page, new RegExp(`^\\| \`${part}\` \\| .*\`${call}\``, 'm'))
      return `${part} ${call} ${outcome}`
    })
    .toSorted()
}

test('what is away has failed, or was not even asked', async (t) => {
  await using holdfast = await open(t, {
    DATABASE_URL: 'mysql://holdfast:canary@127.0.0.1:9/holdfast',
    MESSENGER_TRANSPORT_DSN: 'amqp://127.0.0.1:9',
    SEARCH_URL: 'http://127.0.0.1:9',
    REDIS_URL: 'redis://127.0.0.1:9',
    ...{ MAILER_DSN: 'smtp://127.0.0.1:9', APP_SENDER_EMAIL: 'media@holdfast.example' },
  })
  const { database, blobs, broker, search, shared, mail, config } = holdfast
  assert.ok('folder' in config.blobs)
  await rm(config.blobs.folder, { recursive: true })
  await writeFile(config.blobs.folder, 'no folder')
  const find = () => search?.asked.find({ tenantId: 'tenant', words: ['word'], filter: {}, beforeSeq: 1, limit: 1 })
  const calls = [
    ...[() => database.read.get('SELECT 1'), () => blobs.size('00/key'), () => blobs.delete('00/key')],
    ...[() => broker?.setup(), async () => [await find(), await find()], () => search?.index.isFilled(), () => mail.mailer.check()],
    ...[() => shared.redis?.check(), () => shared.cache.get('key')],
  ]
  await Promise.allSettled(calls.map((call) => Promise.try(call)))
  assert.deepEqual(await countedBy(holdfast), [
    'broker setup failed',
    'database read failed',
    'mail check failed',
    'redis connect failed',
    'redis get skipped',
    'redis ping skipped',
    'search find failed',
    'search find skipped',
    'search look failed',
    'storage delete failed',
    'storage size failed',
  ])
  const text = await holdfast.metrics.render()
  for (const part of ['search', 'redis', 'mail']) assert.match(text, new RegExp(`holdfast_part_circuit_open{part="${part}"} 1`))
})

test('what answers has done its work, whatever the answer', async (t) => {
  await using holdfast = await open(t)
  const { database, blobs, thumbnailer } = holdfast
  const bytes = () => Readable.from([Buffer.from('no picture')])
  const put = (key: string) => blobs.put(key, bytes(), new AbortController().signal)
  await put('00/key')
  const keys = []
  for await (const { key } of blobs.list()) keys.push(key)
  assert.deepEqual(keys, ['00/key'])
  await assert.rejects(put('00/key'), { name: 'KeyTaken' })
  await assert.rejects(blobs.open('00/other'), { code: 'storage.blob_missing' })
  await assert.rejects(
    database.transaction(async () => Promise.reject(new Error('the work'))),
    { message: 'the work' },
  )
  const content = { form: 'image', size: 10, bytes: bytes(), part: bytes } as const
  await assert.rejects(thumbnailer.render(content, [], AbortSignal.timeout(60_000)), { name: 'PictureRefused' })
  assert.deepEqual(await countedBy(holdfast), [
    // Whose bytes they are that are not there.
    'database read done',
    'database transaction done',
    'storage list done',
    'storage open done',
    'storage put done',
    'thumbnails render done',
  ])
})
