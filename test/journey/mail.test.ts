import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { headerOf, type KeptMail, keptMails } from '../../apps/media/src/mail/testing/kept-mails.ts'
import { type MailServer, startMailServer } from '../../tools/servers/smtp.ts'
import { type Account, logIn } from '../service/accounts.ts'
import { askDoctor } from '../service/ask-doctor.ts'
import { type Client, createClient, expectJson, type Problem } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { readyPart, untilPartIs } from '../service/readiness.ts'
import { json } from '../service/send.ts'
import { tellLoad, underLoad } from '../service/under-load.ts'

const skip = (process.env['HOLDFAST_TEST_SMTP_URL'] ?? '') === '' && 'no HOLDFAST_TEST_SMTP_URL'
const closing = new AsyncDisposableStack()
const from = { APP_SENDER_EMAIL: 'media@holdfast.example' }

const addUser = async (client: Client, name: string) =>
  expectJson<{ id: string }>(await client.ask('POST', '/v1/users', { email: `${name}@user.example`, name, roles: ['viewer'] }), 201)

/** The mails to a user, as soon as there is one. */
async function mailsTo(folder: string, name: string): Promise<readonly KeptMail[]> {
  for (;;) {
    const found = (await keptMails(folder)).filter(({ to }) => to?.[0]?.address === `${name}@user.example`)
    if (found.length > 0) return found
    await pause(50)
  }
}

let server: MailServer
let house: House

before(async () => {
  if (skip !== false) return
  server = closing.use(await startMailServer())
  house = closing.use(await openHouse({ ...from, MAILER_DSN: server.url }))
})

after(() => closing.disposeAsync())

test('without a mail server mails are files, and each belongs to the story that caused it', async () => {
  await using house = await openHouse({ MAIL_LANGUAGE: 'fr' })
  const { administrator } = house
  const zoe = { email: 'zoe@user.example', password: 'the first password' }
  const body = Buffer.from(JSON.stringify({ ...zoe, name: 'Zoé', roles: ['viewer'] }))
  const headers = { 'content-type': 'application/json', 'x-correlation-id': 'story-of-zoe' }
  expectJson(await administrator.send({ method: 'POST', path: '/v1/users', body, headers }), 201)
  const [mail, ...more] = await mailsTo(join(house.dataDir, 'mail'), 'zoe')
  assert.ok(mail)
  assert.deepEqual([more, mail.subject, headerOf(mail, 'x-correlation-id')], [[], 'Bienvenue sur Holdfast', 'story-of-zoe'])
  assert.equal(await readyPart(administrator, 'mail'), undefined)
  await resetPassword(house, zoe)
})

async function resetPassword({ process: { url }, dataDir }: House, { email, password: before }: Pick<Account, 'email' | 'password'>) {
  const anybody = createClient(url)
  for (const address of ['nobody@user.example', email]) {
    const reply = await anybody.ask('POST', '/v1/password-resets', { email: address })
    assert.deepEqual([reply.status, reply.body.toString()], [202, ''])
  }
  const { accessToken } = await logIn(url, { email, password: before })
  let link: string | undefined
  while (link === undefined) link = (await mailsTo(join(dataDir, 'mail'), 'zoe')).find(({ text }) => text?.includes('#'))?.text
  const [, page = '', token = ''] = /^(http\S+)#(\S+)$/m.exec(link) ?? []
  assert.match((await anybody.get(new URL(page).pathname)).body.toString(), /<form/)

  const password = 'another long password'
  const confirm = () => anybody.ask('POST', '/v1/password-resets/confirm', { token, password })
  const done = await confirm()
  assert.deepEqual([done.status, String(done.headers['set-cookie']).startsWith('holdfast_device=')], [204, true])
  assert.equal(json<Problem>(await confirm()).code, 'user.reset_token_invalid')
  assert.equal((await createClient(url, accessToken).get('/v1/me')).status, 401)
  await logIn(url, { email, password })
}

test('a mail server that is killed and stalled fails nothing, and every mail arrives once when it is back', { skip }, async (t) => {
  const { administrator } = house
  await untilPartIs(administrator, 'mail', 'up')
  const names = ['one', 'two', 'three']
  await server.kill()
  await Promise.all(names.map((name) => addUser(administrator, name)))
  tellLoad(t, 'killed', await underLoad(administrator, 1_000))
  assert.equal((await untilPartIs(administrator, 'mail', 'down')).required, false)
  await server.start()
  await untilPartIs(administrator, 'mail', 'up')
  const arrived = await Promise.all(names.map((name) => mailsTo(server.folder, name)))
  await server.stall()
  await addUser(administrator, 'four')
  tellLoad(t, 'stalled', await underLoad(administrator, 1_000))
  await server.resume()
  arrived.push(await mailsTo(server.folder, 'four'))
  assert.equal(new Set(arrived.flat().map(({ messageId }) => messageId)).size, 4)
  const metrics = (await administrator.get('/metrics')).body.toString()
  for (const outcome of ['done', 'failed']) {
    assert.match(metrics, new RegExp(`holdfast_part_calls_total{part="mail",call="\\w+",outcome="${outcome}"} [1-9]`))
  }
})

test('what a mail server refuses stands among the failed messages at once', { skip }, async () => {
  await addUser(house.administrator, '550-nobody')
  const failed = async () =>
    expectJson<{ items: { name: string; attempt: number }[] }>(await house.administrator.get('/v1/ops/failed'), 200).items
  while ((await failed()).length === 0) await pause(50)
  assert.deepEqual(
    (await failed()).map(({ name, attempt }) => [name, attempt]),
    [['mail.welcome.v1', 1]],
  )
})

test('the doctor says what is wrong with it, and a wrong address is a wrong setting', { skip }, async () => {
  const doctor = async (settings: Readonly<Record<string, string>>) => askDoctor({ dataDir: house.dataDir, settings })
  const expected: [Record<string, string>, RegExp][] = [
    [{}, /mail +its folder can be written to/],
    [{ ...from, MAILER_DSN: server.url }, /mail +the mail server lets us in/],
    [{ ...from, MAILER_DSN: 'smtp://127.0.0.1:9' }, /mail +the mail server cannot be used \(E\w+\)[\s\S]*check MAILER_DSN/],
    [{ ...from, MAILER_DSN: server.url.replace('//', '//nobody:canary@') }, /mail +the mail server refused AUTH \w+: 535/],
    [{ ...from, MAILER_DSN: `${server.url}?tls=no` }, /MAILER_DSN[\s\S]*nothing after its port/],
  ]
  const told = await Promise.all(expected.map(async ([settings, says]) => [await doctor(settings), says] as const))
  for (const [output, says] of told) {
    assert.match(output, says)
    assert.doesNotMatch(output, /canary/)
  }
})
