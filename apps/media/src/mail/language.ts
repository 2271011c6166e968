/** Of all mails of an installation. */
export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** The same words in each language. */
export type InEach<Words> = Readonly<Record<Language, Words>>

/** `atMs` in milliseconds since 1970. */
export const formatInstant = (language: Language, atMs: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }).format(atMs) + ' UTC'
