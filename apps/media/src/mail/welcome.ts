import type { ComposeDeps, Composed } from './compose.ts'
import type { InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly address: string
  readonly url: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, address, url }) => ({
    subject: 'Welcome to Holdfast',
    body: [`Hello ${name},`, `you have an account at ${url}. You log in with the address ${address}.`],
  }),
  fr: ({ name, address, url }) => ({
    subject: 'Bienvenue sur Holdfast',
    body: [`Bonjour ${name},`, `vous avez un compte sur ${url}. Vous vous connectez avec l’adresse ${address}.`],
  }),
}

/** To a new user. */
export async function composeWelcome({ read, language, url }: ComposeDeps, userId: string): Promise<Composed | undefined> {
  const to = await findRecipient(read, userId)
  return to && { to, letter: words[language]({ ...to, url }) }
}
