import { createHash, randomBytes } from 'node:crypto'

const form = /^hfr?_[\w-]{43}$/

/** A prefix that secret scanners find, then 256 random bits. `hf_`: an API key; `hfr_`: a refresh token. */
export const newSecretToken = (prefix: 'hf_' | 'hfr_'): string => prefix + randomBytes(32).toString('base64url')

export const isSecretToken = (text: string, prefix: 'hf_' | 'hfr_'): boolean => text.startsWith(prefix) && form.test(text)

/** What is kept of a token. It is random and long, so a fast hash without salt is as good as a slow one. */
export const hashSecretToken = (token: string): string => createHash('sha256').update(token).digest('hex')
