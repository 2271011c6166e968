import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { aMail, sender, testMailer } from '../../mail/testing/mailer-contract.ts'
import { createFolderMailer } from './folder-mailer.ts'

const top = await mkdtemp(join(tmpdir(), 'holdfast-mail-'))
test.after(() => rm(top, { recursive: true }))

const open = async (folder = join(top, crypto.randomUUID())) => ({ mailer: createFolderMailer({ folder, from: sender }), folder })

testMailer(open)

test('mails are read by their owner alone', async () => {
  const { mailer, folder } = await open()
  const mail = aMail()
  await mailer.send(mail, new AbortController().signal)
  const modes = await Promise.all([folder, join(folder, `${mail.id}.eml`)].map(async (path) => (await stat(path)).mode & 0o777))
  assert.deepEqual(modes, [0o700, 0o600])
})

test('old mails are cleared away, and nothing else of the folder', async () => {
  const { mailer, folder } = await open()
  const [old, young] = [aMail(), aMail()]
  for (const mail of [old, young]) await mailer.send(mail, new AbortController().signal)
  await writeFile(join(folder, 'notes.txt'), 'of somebody else')
  const long = new Date(1_000_000)
  for (const name of ['notes.txt', `${old.id}.eml`]) await utimes(join(folder, name), long, long)
  assert.equal(await mailer.prune(2_000_000), 1)
  assert.deepEqual((await readdir(folder)).toSorted(), [`${young.id}.eml`, 'notes.txt'].toSorted())
})

test('a folder that cannot be made is away', async () => {
  const file = join(top, 'file')
  await writeFile(file, '')
  const { mailer } = await open(join(file, 'folder'))
  await assert.rejects(mailer.send(aMail(), new AbortController().signal), { name: 'MailNotSent', fault: 'away' })
  await assert.rejects(mailer.check())
})
