import type { ComposeDeps, Composed } from './compose.ts'
import type { InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly address: string
  readonly url: string
  /** One who has none yet cannot log in, nor have a password reset. */
  readonly hasPassword: boolean
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, address, url, hasPassword }) => ({
    subject: 'Welcome to Holdfast',
    body: [
      `Hello ${name},`,
      `you have an account at ${url}. You log in with the address ${address}.`,
      ...(hasPassword ? [] : ['It has no password yet: an administrator gives you one.']),
    ],
  }),
  fr: ({ name, address, url, hasPassword }) => ({
    subject: 'Bienvenue sur Holdfast',
    body: [
      `Bonjour ${name},`,
      `vous avez un compte sur ${url}. Vous vous connectez avec l’adresse ${address}.`,
      ...(hasPassword ? [] : ['Il n’a pas encore de mot de passe : un administrateur vous en donne un.']),
    ],
  }),
}

/** To a new user. */
export async function composeWelcome({ read, language, url }: ComposeDeps, userId: string): Promise<Composed | undefined> {
  const to = await findRecipient(read, userId)
  if (to === undefined) return undefined
  const hasPassword = (await read.get('SELECT 1 FROM user WHERE id = ? AND password_hash IS NOT NULL', [userId])) !== undefined
  return { to, letter: words[language]({ ...to, url, hasPassword }) }
}
