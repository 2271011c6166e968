/**
 * A mail server that keeps each mail it takes as a file: `node mail-server.ts PORT FOLDER [KEY CERTIFICATE]`. An address that begins with a code of
 * SMTP gets that answer (`550-nobody@example.org`), one that begins with `greylisted` gets 451 the first time. The password of every user is `right`.
 */
import { createWriteStream, readFileSync, rename } from 'node:fs'
import { pipeline } from 'node:stream'
import { SMTPServer } from 'smtp-server'

const [port, folder = '.', key, certificate] = process.argv.slice(2)
const greylisted = new Set<string>()

const answer = (responseCode: number, words: string) => Object.assign(new Error(words), { responseCode })

function answerTo(address: string): Error | null {
  const code = /^[45]\d\d/.exec(address)?.[0]
  if (code !== undefined) return answer(Number(code), `no mail for <${address}>`)
  if (!address.startsWith('greylisted') || greylisted.has(address)) return null
  greylisted.add(address)
  return answer(451, `come again for <${address}>`)
}

function keep(mail: NodeJS.ReadableStream, done: (error?: Error | null) => void): void {
  const path = `${folder}/${crypto.randomUUID()}`
  pipeline(mail, createWriteStream(`${path}.part`), (error) => {
    if (error) done(error)
    else rename(`${path}.part`, `${path}.eml`, done)
  })
}

const tls = key === undefined || certificate === undefined ? undefined : { key: readFileSync(key), cert: readFileSync(certificate) }

const server = new SMTPServer({
  ...(tls ?? { disabledCommands: ['STARTTLS'] }),
  ...{ authOptional: true, allowInsecureAuth: true, disableReverseLookup: true },
  onAuth: ({ username, password }, _session, done) => {
    if (password === 'right') done(null, { user: username })
    else done(answer(535, 'this is not the password'))
  },
  onRcptTo: ({ address }, _session, done) => done(answerTo(address)),
  onData: (stream, _session, done) => keep(stream, done),
})
// A client that leaves in the middle is no reason to end.
server.on('error', (error) => console.error(error.message))
server.listen(Number(port), '127.0.0.1')
