import type { ComposeDeps, Composed } from './compose.ts'
import { formatInstant, type InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly url: string
  readonly changedAt: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, url, changedAt }) => ({
    subject: 'Your password was changed',
    body: [
      `Hello ${name},`,
      `on ${changedAt} the password of your account at ${url} was changed, and all sessions were ended.`,
      'If this was neither you nor your administrator, set another one at once: ask for it where you log in, and look at your API keys.',
    ],
  }),
  fr: ({ name, url, changedAt }) => ({
    subject: 'Votre mot de passe a été changé',
    body: [
      `Bonjour ${name},`,
      `le ${changedAt}, le mot de passe de votre compte sur ${url} a été changé, et toutes les sessions ont été fermées.`,
      'Si ce n’était ni vous ni votre administrateur, choisissez-en un autre tout de suite : demandez-le là où vous vous connectez, et vérifiez vos clés d’API.',
    ],
  }),
}

/** To the user whose password it is, whoever changed it. */
export async function composePasswordChanged(
  { read, language, url }: ComposeDeps,
  { userId, changedAt }: { readonly userId: string; readonly changedAt: number },
): Promise<Composed | undefined> {
  const to = await findRecipient(read, userId)
  return to && { to, letter: words[language]({ name: to.name, url, changedAt: formatInstant(language, changedAt) }) }
}
