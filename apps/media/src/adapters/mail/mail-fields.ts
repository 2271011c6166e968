import type { SendMailOptions } from 'nodemailer'
import type { Mail } from '../../mail/mailer.ts'

/** The fields of a mail, as the driver takes them; it encodes what is not ASCII and lets no value out of its header. */
export const mailFields = (from: string, { id, correlationId, to, subject, text, html }: Mail): SendMailOptions => ({
  from: { name: 'Holdfast', address: from },
  to: { name: to.name ?? '', address: to.address },
  messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
  ...{ subject, text, html },
  headers: {
    'X-Correlation-ID': correlationId,
    // RFC 3834: no answer of a machine is wanted to the mail of a machine.
    'Auto-Submitted': 'auto-generated',
  },
  // Contents are texts: nothing is ever fetched.
  ...{ disableFileAccess: true, disableUrlAccess: true },
})
