import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { expectJson } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'
import { askCommand, runCommand } from '../service/run-command.ts'

/** `holdfast messages …` and `holdfast schedule …`, while the service runs on the same data. */

interface Listed {
  readonly id: string
  readonly name: string
  readonly lane: string
}

let house: House
const scheduled = (...options: readonly string[]) => askCommand(house, 'schedule', 'list', ...options) as Promise<Listed[]>
const failed = (...options: readonly string[]) => askCommand(house, 'messages', 'failed', 'list', ...options) as Promise<Listed[]>

before(async () => {
  house = await openHouse()
})

after(() => house[Symbol.asyncDispose]())

/** The message that waits to purge a file which was just trashed. */
async function trashOne(): Promise<{ fileId: string; messageId: string }> {
  const { id: fileId } = expectJson<{ id: string }>(await house.administrator.upload(`${crypto.randomUUID()}.txt`, Buffer.from('x')), 201)
  expectJson(await house.administrator.ask('DELETE', `/v1/files/${fileId}`), 202)
  await using sql = await openHouseSql(house)
  const [row] = await sql.rows<{ id: string }>('SELECT purge_message_id AS id FROM file WHERE id = ?', fileId)
  return { fileId, messageId: row?.id ?? assert.fail('no message waits') }
}

/** Failing takes hours of retries: the row says that they are over. */
async function failOne(): Promise<string> {
  const { messageId } = await trashOne()
  await using sql = await openHouseSql(house)
  await sql.run("UPDATE message SET state = 'failed', handled_at = created_at, last_error = 'planted' WHERE id = ?", messageId)
  return messageId
}

test('what waits is listed, filtered, shown, moved and cancelled', async () => {
  const { messageId } = await trashOne()
  const [found] = (await scheduled('--name', 'media.purge-file.v1')).filter(({ id }) => id === messageId)
  assert.equal(found?.lane, 'low')
  assert.deepEqual(await scheduled('--name', 'media.nothing.v1'), [])

  const dueAt = '2040-02-03T04:05:06.000Z'
  assert.equal((await runCommand(house, 'schedule', 'reschedule', messageId, dueAt)).code, 0)
  const shown = (await askCommand(house, 'schedule', 'show', messageId)) as { dueAt: number }
  assert.equal(shown.dueAt, Date.parse(dueAt))

  assert.equal((await runCommand(house, 'schedule', 'cancel', messageId)).code, 0)
  const again = await runCommand(house, 'schedule', 'cancel', messageId)
  assert.equal(again.code, 3)
  assert.match(again.output, /too late, or never there/)
})

test('what is run now is handled now, and decides for itself that its time has not come', async () => {
  const { fileId, messageId } = await trashOne()
  assert.equal((await runCommand(house, 'schedule', 'run-now', messageId)).code, 0)
  await using sql = await openHouseSql(house)
  for (let state = ''; state !== 'pending'; ) {
    const [row] = await sql.rows<{ state: string; due_at: number }>('SELECT state, due_at FROM message WHERE id = ?', messageId)
    state = row !== undefined && row.due_at > Date.now() ? row.state : ''
  }
  const file = expectJson<{ state: string }>(await house.administrator.get(`/v1/files/${fileId}`), 200)
  assert.equal(file.state, 'trashed', 'nothing is purged before its grace is over')
})

test('a dry run tells what would be done and does nothing', async () => {
  const id = await failOne()
  for (const [verb, done] of [
    ['retry', 'retried'],
    ['remove', 'removed'],
  ] as const) {
    for (const which of [[id], ['--all', '--lane', 'low']]) {
      const told = await askCommand(house, 'messages', 'failed', verb, ...which, '--dry-run')
      assert.deepEqual(told, { [done]: 0, wouldBe: [id] })
    }
  }
  assert.deepEqual(
    (await failed()).map((message) => message.id),
    [id],
  )
  const none = await runCommand(house, 'messages', 'failed', 'remove', '--all', '--lane', 'high', '--dry-run')
  assert.equal(none.code, 3)
  assert.deepEqual(await askCommand(house, 'messages', 'failed', 'remove', id), { removed: 1 })
})

test('what failed is shown with its error, sent round again, or forgotten', async () => {
  const [retried, removed] = [await failOne(), await failOne()]
  const { lastError } = (await askCommand(house, 'messages', 'failed', 'show', retried)) as { lastError: string }
  assert.equal(lastError, 'planted')
  assert.deepEqual(await askCommand(house, 'messages', 'failed', 'retry', retried), { retried: 1 })
  assert.deepEqual(await askCommand(house, 'messages', 'failed', 'remove', '--all', '--name', 'media.purge-file.v1'), { removed: 1 })
  assert.deepEqual(await failed(), [])
  assert.equal((await runCommand(house, 'messages', 'failed', 'show', removed)).code, 3)
})

test('the counts add up by lane', async () => {
  await trashOne()
  const lanes = (await askCommand(house, 'messages', 'stats')) as { lane: string; delayed: number; failed: number }[]
  const low = lanes.find(({ lane }) => lane === 'low')
  assert.equal(low?.failed, 0)
  assert.equal(low?.delayed, (await scheduled('--lane', 'low')).length)
})

test('one message or all of them: neither or both is refused, and nothing is tried', async () => {
  for (const which of [[], ['some-id', '--all']]) {
    const { code, errors } = await runCommand(house, 'messages', 'failed', 'retry', ...which)
    assert.equal(code, 2)
    assert.match(errors, /Name one message, or give --all/)
  }
})
