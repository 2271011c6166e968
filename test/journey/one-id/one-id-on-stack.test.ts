import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectJson } from '../../service/client.ts'
import { chooseStack } from '../../service/stack.ts'
import { openPlace, type Place, untilAllDone, untilState } from './place.ts'
import { linesById, messagesById, rowsById } from './traces.ts'

const [upload, deletion, retry, replay] = ['the-upload', 'the-deletion', 'the-retry-by-hand', 'the-replay'] as const

interface Story {
  readonly outcome: string
  readonly requests: readonly { readonly route: string; readonly userId: string }[]
  readonly changes: readonly {
    readonly action: string
    readonly actor: string
    readonly subjectId: string
    readonly correlationId: string
    readonly detail: object
  }[]
  readonly messages: readonly { readonly id: string; readonly state: string; readonly failedAttempts: readonly object[] }[]
}

if (chooseStack()) {
  test('one id is in every line, header, row and message that a deletion causes: relay, broker, attempts, failure, retry by hand', async () => {
    await using place = await openPlace()
    const told = new Map<string, unknown>()
    const ask = async (method: string, path: string, id: string) => {
      const headers = { 'x-correlation-id': id, ...(method === 'DELETE' && { 'idempotency-key': 'delete-it' }) }
      const reply = await place.administrator.ask(method, path, undefined, headers)
      told.set(id, reply.headers['x-correlation-id'])
      return reply
    }

    const fileId = await uploadOne(place)
    const mend = await place.spoilBlob(await storageKeyOf(place, fileId))
    expectJson(await ask('DELETE', `/v1/files/${fileId}`, deletion), 202)
    const messageId = await purgeMessageOf(place, fileId)
    await untilState(place, messageId, 'failed')
    assert.equal((await storyOf(place, deletion)).outcome, 'failed')
    await mend()
    expectJson(await ask('POST', `/v1/ops/failed/${messageId}/retry`, retry), 202)
    await untilState(place, messageId, 'done')
    // What it told others is handled beside it.
    await untilAllDone(place)
    assert.equal((await ask('DELETE', `/v1/files/${fileId}`, replay)).headers['idempotent-replayed'], 'true')

    assert.deepEqual(Object.fromEntries(told), { [deletion]: deletion, [retry]: retry, [replay]: replay })
    await assertStories(place, messageId)
    await assertTraces(place, [fileId, messageId])
  })
}

async function uploadOne({ administrator }: Place): Promise<string> {
  // No text: the words of one are read by a message of their own.
  const reply = await administrator.upload('story.bin', Buffer.of(0, 1, 2, 3), { 'x-correlation-id': upload })
  assert.equal(reply.headers['x-correlation-id'], upload)
  return expectJson<{ id: string }>(reply, 201).id
}

async function storageKeyOf({ sql }: Place, fileId: string): Promise<string> {
  const [row] = await sql.rows<{ storage_key: string }>(
    'SELECT storage_key FROM stored_blob b JOIN file f ON f.blob_id = b.id WHERE f.id = ?',
    fileId,
  )
  return row?.storage_key ?? assert.fail('no blob')
}

async function purgeMessageOf({ sql }: Place, fileId: string): Promise<string> {
  const [row] = await sql.rows<{ id: string }>('SELECT purge_message_id AS id FROM file WHERE id = ?', fileId)
  return row?.id ?? assert.fail('no message waits')
}

const storyOf = async ({ administrator }: Place, id: string) => expectJson<Story>(await administrator.get(`/v1/ops/stories/${id}`), 200)

/** The deletion's tells what was done by hand and in which story; that one tells whose message it was. */
async function assertStories(place: Place, messageId: string): Promise<void> {
  const { outcome, requests, changes, messages } = await storyOf(place, deletion)
  assert.deepEqual([outcome, requests.map(({ route }) => route)], ['done', ['/v1/files/:fileId']])
  assert.deepEqual(
    changes.map(({ action, correlationId }) => [action, correlationId]),
    [
      ['file.trashed', deletion],
      ['file.purging', deletion],
      ['message.retried', retry],
      ['file.purged', deletion],
    ],
  )
  const purge = messages.find(({ id }) => id === messageId)
  assert.deepEqual([purge?.state, purge?.failedAttempts.length], ['done', 2])

  const byHand = await storyOf(place, retry)
  assert.deepEqual(
    byHand.requests.map(({ route }) => route),
    ['/v1/ops/failed/:messageId/retry'],
  )
  const [retried, ...others] = byHand.changes
  assert.deepEqual(
    [retried?.subjectId, retried?.actor, retried?.detail, others],
    [messageId, byHand.requests[0]?.userId, { story: deletion }, []],
  )
}

/** All there is, and nothing under another id or under none. */
async function assertTraces(place: Place, subjects: readonly string[]): Promise<void> {
  const wanted = { ids: [upload, deletion, retry, replay], subjects }
  const [event, update] = ['message media.file-event.v1', 'message media.file-update.v1']
  assert.deepEqual(await rowsById(place, wanted), {
    [upload]: ['audit file.created', event, update, 'request POST'],
    [deletion]: [
      ...['audit file.purged', 'audit file.purging', 'audit file.trashed'],
      ...[event, event, event, update, update, update, 'message media.purge-file.v1', 'request DELETE'],
    ],
    [retry]: ['audit message.retried', 'request POST'],
  })
  const [purge, handled] = ['low media.purge-file.v1', 'message handled']
  assert.deepEqual(await messagesById(place, wanted, 4), {
    [upload]: ['file.created file.created'],
    [deletion]: ['file.purged file.purged', 'file.purging file.purging', 'file.trashed file.trashed', purge, purge, purge],
  })
  await untilAllDone(place)
  await place.stop()
  assert.deepEqual(linesById(place, wanted), {
    [upload]: ['file.created', handled, 'request'],
    [deletion]: [
      ...['file.purged', 'file.purging', 'file.trashed'],
      ...['message failed and will be tried again', 'message failed for good', handled, handled, handled, handled, 'request'],
    ],
    [retry]: ['message.retried', 'request'],
    [replay]: ['request'],
  })
}
