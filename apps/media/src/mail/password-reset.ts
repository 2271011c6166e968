import type { ComposeDeps, Composed } from './compose.ts'
import type { InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly url: string
  readonly link: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, url, link }) => ({
    subject: 'Set another password',
    body: [
      `Hello ${name},`,
      `somebody, probably you, wants to set another password for your account at ${url}. This link does it, once, and within half an hour of the question:`,
      { link },
      'If it was not you, there is nothing to do: your password stays what it is.',
    ],
  }),
  fr: ({ name, url, link }) => ({
    subject: 'Choisir un autre mot de passe',
    body: [
      `Bonjour ${name},`,
      `quelqu’un, sans doute vous, veut choisir un autre mot de passe pour votre compte sur ${url}. Ce lien le permet, une seule fois, dans la demi-heure qui suit la demande :`,
      { link },
      'Si ce n’était pas vous, il n’y a rien à faire : votre mot de passe reste le même.',
    ],
  }),
}

/** The token stands behind the `#`: browsers show it to no server. */
export const passwordLink = (url: string, token: string): string => `${url}/password-reset#${token}`

/** To whoever has this address, where `issue` gives a token for it. */
export async function composePasswordReset(
  { read, language, url }: ComposeDeps,
  userId: string,
  issue: () => Promise<string | undefined>,
): Promise<Composed | undefined> {
  const to = await findRecipient(read, userId)
  const token = to && (await issue())
  if (to === undefined || token === undefined) return undefined
  return { to, letter: words[language]({ name: to.name, url, link: passwordLink(url, token) }) }
}
