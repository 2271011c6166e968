import { createTransport } from 'nodemailer'
import { type Mailer, type MailFault, MailNotSent } from '../../mail/mailer.ts'
import { mailFields } from './mail-fields.ts'
import type { SmtpAddress } from './smtp-address.ts'

interface SmtpMailerOptions {
  readonly address: SmtpAddress
  readonly from: string
  /** A silent server is given up after this: at the connection, at its greeting, and at each answer. */
  readonly patienceMs: number
}

/** Hands mails to a server by SMTP, each over a connection of its own. */
export function createSmtpMailer({ address, from, patienceMs }: SmtpMailerOptions): Mailer {
  const { auth, ...rest } = address
  const transport = createTransport({ ...rest, ...(auth && { auth }), ...patienceOf(patienceMs) })
  const tried = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      throw new MailNotSent(faultOf(error), `the mail server ${said(error)}`)
    }
  }
  return {
    send: (mail, signal) => tried(() => transport.sendMail({ ...mailFields(from, mail), signal })),
    check: () => tried(() => transport.verify()),
  }
}

const patienceOf = (patienceMs: number) => ({
  connectionTimeout: patienceMs,
  greetingTimeout: patienceMs,
  socketTimeout: patienceMs,
  dnsTimeout: patienceMs,
  socketCloseTimeout: 0,
})

interface SmtpError {
  readonly code?: unknown
  readonly command?: unknown
  readonly response?: unknown
  readonly responseCode?: unknown
}

const smtpErrorOf = (error: unknown): SmtpError => Object(error) as SmtpError

/** What it says of one mail is of that mail alone; all else, a refused log-in too, is true of every mail. */
function faultOf(error: unknown): MailFault {
  const { code, responseCode } = smtpErrorOf(error)
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return 'away'
  return Number(responseCode) >= 400 && Number(responseCode) < 500 ? 'deferred' : 'refused'
}

const maxSaidLength = 300

/** Its own words, but for the addresses in them: those are for who sends and who receives. */
function said(error: unknown): string {
  const { code, command, response } = smtpErrorOf(error)
  if (typeof response !== 'string') return `cannot be used (${typeof code === 'string' ? code : 'no reason given'})`
  const words = response.replace(/<?[^\s<>]*@[^\s<>]*>?/g, '<…>').replace(/\p{Cc}+/gu, ' ')
  return `refused ${typeof command === 'string' ? command : 'us'}: ${words.slice(0, maxSaidLength)}`
}
