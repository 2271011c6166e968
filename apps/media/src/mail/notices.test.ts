import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { disableUser } from '../accounts/disable-user.ts'
import { patchUser } from '../accounts/patch-user.ts'
import { createFolder } from '../media/create-folder.ts'
import { failedMessagesMail, welcomeMail } from './messages.ts'
import { tellFailed } from './tell-failed.ts'
import { tellPurges } from './tell-purges.ts'
import { tellQuotas } from './tell-quotas.ts'
import { openMailRoom } from './testing/open-mail-room.ts'

const hours = 3_600_000
const days = 24 * hours
const operators = 'ops@house.example'

async function openRoom(t: TestContext) {
  const room = await openMailRoom(t)
  const ann = await room.addUser('ann@user.example', ['editor'])
  const bob = await room.addUser('bob@user.example', ['editor'])
  return { ...room, ann, bob, about: async (words: RegExp) => (await room.mails()).filter(({ subject }) => words.test(subject ?? '')) }
}

test('an owner is told of what leaves the trash, once, three days before at least, and once a day at most', async (t) => {
  const room = await openRoom(t)
  const tell = async () => {
    const users = await tellPurges(room, { nowMs: room.clock(), noticeMs: 3 * days, limit: 10 })
    await room.work()
    return users
  }
  const trash = async (...names: string[]) => {
    for (const name of names) await room.trash(room.ann, await room.upload(room.ann, name))
  }
  await trash('one.txt', '<b>two.txt')
  room.advance(12 * hours)
  await trash('three.txt')
  assert.equal(await tell(), 0, 'it is not due for a month')
  room.advance(26 * days + 12 * hours)
  assert.equal(await tell(), 1)
  assert.equal(await tell(), 0)
  const [first, ...more] = await room.about(/deleted for good/)
  assert.deepEqual(
    [more, first?.subject, first?.to?.[0]?.address],
    [[], '3 files of yours will soon be deleted for good', 'ann@user.example'],
  )
  assert.match(first?.text ?? '', / {2}- <b>two\.txt\n {2}- one\.txt\n {2}- three\.txt\n/)
  assert.match(first?.html ?? '', /&lt;b&gt;two\.txt/)

  room.advance(days)
  assert.equal(await tell(), 0, 'all of it was told of')
  await trash('four.txt')
  room.advance(27 * days)
  assert.equal(await tell(), 1)
  assert.match((await room.about(/^A file of yours/))[0]?.text ?? '', / {2}- four\.txt\n\n/)
})

test('many files are a few names and a number', async (t) => {
  const room = await openRoom(t)
  for (let at = 0; at < 23; at++) await room.trash(room.ann, await room.upload(room.ann, `file ${at}`))
  room.advance(28 * days)
  await tellPurges(room, { nowMs: room.clock(), noticeMs: 3 * days, limit: 10 })
  await room.work({ language: 'fr' })
  const [mail] = await room.about(/^23 de vos fichiers/)
  assert.deepEqual([mail?.text?.match(/^ {2}- /gm)?.length, mail?.text?.includes('  - et 3 de plus')], [21, true])
})

test('nobody is told of what is not theirs to see, was restored meanwhile, or of a user who is gone', async (t) => {
  const room = await openRoom(t)
  const folder = await room.inTransaction((tx) => createFolder(tx, room.ann, { name: 'shared', parentId: null }))
  const inFolder = await room.upload(room.bob, 'in the folder of Ann', folder.id)
  const restored = await room.upload(room.bob, 'restored')
  await room.trash(room.bob, inFolder)
  await room.trash(room.bob, restored)
  await room.trash(room.ann, await room.upload(room.ann, 'of Ann'))
  room.advance(28 * days)
  const tell = () => tellPurges(room, { nowMs: room.clock(), noticeMs: 3 * days, limit: 10 })
  await room.database.transaction((sql) => sql.run('UPDATE file SET visible_to = ? WHERE id = ?', [room.ann.userId, inFolder]))
  assert.equal(await tell(), 2)
  await room.restore(room.bob, restored)
  await room.inTransaction((tx) => disableUser(tx, room.administrator, room.ann.userId))
  await room.work()
  assert.deepEqual(await room.about(/deleted for good/), [])
})

test('administrators are told once that the room is nearly full, and again when it was not in between', async (t) => {
  const room = await openRoom(t)
  const { tenantId, userId } = room.administrator
  await room.inTransaction((tx) => patchUser(tx, room.administrator, userId, { email: 'admin@user.example' }))
  const tell = (quotaBytes: number) => tellQuotas(room, { nowMs: room.clock(), quotaBytes, percent: 90 })
  await room.upload(room.ann, 'x'.repeat(95))
  assert.equal(await tell(1_000), 0)
  assert.equal(await tell(100), 1)
  assert.equal(await tell(100), 0)
  assert.equal(await tell(107), 0, '88.8 %: not clearly below')
  assert.equal(await tell(100), 0)
  assert.equal(await tell(200), 0)
  assert.equal(await tell(100), 1)
  await room.work()
  const mails = await room.about(/nearly full/)
  assert.deepEqual([mails.length, mails[0]?.to?.[0]?.address], [2, 'admin@user.example'])
  assert.match(mails[0]?.text ?? '', /95 byte of the 100 byte/)
  assert.ok(tenantId)
})

test('operators are told of failed messages once an hour at most, and never of the mail that tells them', async (t) => {
  const room = await openRoom(t)
  const messages = { stats: room.stats, failed: room.failed }
  const tell = () => tellFailed({ ...room, messages }, { nowMs: room.clock(), everyMs: hours })
  const fail = async (name: string, lane = 'external') => {
    const id = await room.inTransaction((tx) => tx.outbox.dispatch(welcomeMail, { userId: room.ann.userId }, { lane }))
    await room.database.transaction((sql) => sql.run("UPDATE message SET state = 'failed', name = ? WHERE id = ?", [name, id]))
    return id
  }
  assert.equal(await tell(), false)
  const first = await fail(welcomeMail.name)
  assert.deepEqual([await tell(), await tell()], [true, false])
  await fail(welcomeMail.name, 'low')
  assert.equal(await tell(), false, 'not within the hour')
  room.advance(hours)
  assert.equal(await tell(), true)
  room.advance(hours)
  await fail(failedMessagesMail.name)
  assert.equal(await tell(), false)
  await room.failed.remove(first)
  assert.equal(await tell(), false)
  await fail(welcomeMail.name)
  assert.equal(await tell(), true, 'as many as before, but another one')
  await room.work()
  const mails = await room.mailsTo(operators)
  const subjects = Map.groupBy(mails, ({ subject }) => subject)
  assert.deepEqual([mails.length, subjects.get('2 messages have failed')?.length, subjects.get('A message has failed')?.length], [3, 2, 1])
  assert.match(
    mails.find(({ subject }) => subject?.startsWith('2'))?.text ?? '',
    / {2}- low: 1\n {2}- external: 1|external: 1\n {2}- low: 1/,
  )
})
