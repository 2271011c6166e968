/** Of all mails of an installation. */
export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** The same words in each language. */
export type InEach<Words> = Readonly<Record<Language, Words>>

/** `atMs` in milliseconds since 1970. */
export const formatInstant = (language: Language, atMs: number): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }).format(atMs)} UTC`

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Decimal, as discs are sold: 1.5 GB. */
export function formatBytes(language: Language, bytes: number): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const unit = units[step] ?? 'byte'
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(bytes / 1000 ** step)
}
