import type { ComposeDeps, Composed } from './compose.ts'
import type { InEach } from './language.ts'
import { passwordLink } from './password-reset.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly address: string
  readonly url: string
  /** Of one who has no password yet. */
  readonly invitation: Invitation | undefined
}

/** By which a first password is set; without one where it has expired before the mail could be sent. */
interface Invitation {
  readonly link: string | undefined
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, address, url, invitation }) => ({
    subject: 'Welcome to Holdfast',
    body: [
      `Hello ${name},`,
      `you have an account at ${url}. You log in with the address ${address}.`,
      ...invited(
        invitation,
        'Choose a password by this link, once, and within a week:',
        'Later, ask for another link as if you had forgotten your password.',
      ),
    ],
  }),
  fr: ({ name, address, url, invitation }) => ({
    subject: 'Bienvenue sur Holdfast',
    body: [
      `Bonjour ${name},`,
      `vous avez un compte sur ${url}. Vous vous connectez avec l’adresse ${address}.`,
      ...invited(
        invitation,
        'Choisissez un mot de passe par ce lien, une seule fois, et dans la semaine :',
        'Plus tard, demandez un autre lien comme si vous aviez oublié votre mot de passe.',
      ),
    ],
  }),
}

function invited(invitation: Invitation | undefined, by: string, later: string): Composed['letter']['body'] {
  if (invitation === undefined) return []
  return invitation.link === undefined ? [later] : [by, { link: invitation.link }, later]
}

/** To a new user. Who has no password is invited to choose one, where `invite` gives a token for it: as a password is reset. */
export async function composeWelcome(
  { read, language, url }: ComposeDeps,
  userId: string,
  invite: () => Promise<string | undefined>,
): Promise<Composed | undefined> {
  const to = await findRecipient(read, userId)
  if (to === undefined) return undefined
  const hasPassword = (await read.get('SELECT 1 FROM user WHERE id = ? AND password_hash IS NOT NULL', [userId])) !== undefined
  const token = hasPassword ? undefined : await invite()
  const invitation = hasPassword ? undefined : { link: token && passwordLink(url, token) }
  return { to, letter: words[language]({ ...to, url, invitation }) }
}
