import { createHash, randomBytes } from 'node:crypto'

const form = /^hf[pr]?_[\w-]{43}$/

/** `hf_`: an API key; `hfr_`: a refresh token; `hfp_`: what a mail sets another password with. */
type Prefix = 'hf_' | 'hfr_' | 'hfp_'

/** A prefix that secret scanners find, then 256 random bits. */
export const newSecretToken = (prefix: Prefix): string => prefix + randomBytes(32).toString('base64url')

export const isSecretToken = (text: string, prefix: Prefix): boolean => text.startsWith(prefix) && form.test(text)

/** What is kept of a token. It is random and long, so a fast hash without salt is as good as a slow one. */
export const hashSecretToken = (token: string): string => createHash('sha256').update(token).digest('hex')
