/** What a mail says, without its form. Its texts are plain: names of others may stand in them, and are never markup. */
export interface Letter {
  readonly subject: string
  /** Paragraphs; a list of texts is a list. */
  readonly body: readonly Part[]
}

type Part = string | readonly string[] | Link

/** An address that is ours, alone in its paragraph. */
interface Link {
  readonly link: string
}

export interface WrittenLetter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const maxSubjectLength = 200

/** The same words as plain text and as HTML. A line of a name stays a line: nothing of it becomes another paragraph, item or header. */
export function writeLetter(language: string, { subject, body }: Letter): WrittenLetter {
  return {
    subject: oneLine(subject).slice(0, maxSubjectLength),
    text: `${body.map(asText).join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(oneLine(subject))}</title></head>\n<body>\n${body.map(asHtml).join('\n')}\n</body></html>\n`,
  }
}

function asText(part: Part): string {
  if (typeof part === 'string') return oneLine(part)
  return 'link' in part ? part.link : part.map((item) => `  - ${oneLine(item)}`).join('\n')
}

function asHtml(part: Part): string {
  if (typeof part === 'string') return `<p>${inHtml(part)}</p>`
  if ('link' in part) return `<p><a href="${escapeHtml(part.link)}">${escapeHtml(part.link)}</a></p>`
  return `<ul>\n${part.map((item) => `<li>${inHtml(item)}</li>`).join('\n')}\n</ul>`
}

const inHtml = (text: string): string => escapeHtml(oneLine(text))

/** Line separators of Unicode included, and what turns the direction of writing round: a name must not look like another. */
const oneLine = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
