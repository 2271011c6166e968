import type { ComposeDeps, Composed } from './compose.ts'
import { formatBytes, type InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

export interface UsedQuota {
  readonly userId: string
  readonly usedBytes: number
  readonly quotaBytes: number
}

interface Facts {
  readonly name: string
  readonly used: string
  readonly quota: string
  readonly url: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, used, quota, url }) => ({
    subject: 'Your room for files is nearly full',
    body: [
      `Hello ${name},`,
      `${used} of the ${quota} that your files may take at ${url} are used. When nothing is left, nothing more can be uploaded.`,
      'Files in the trash count until they leave it for good: empty it, or ask for more room.',
    ],
  }),
  fr: ({ name, used, quota, url }) => ({
    subject: 'Votre espace de fichiers est presque plein',
    body: [
      `Bonjour ${name},`,
      `${used} des ${quota} que vos fichiers peuvent occuper sur ${url} sont utilisés. Quand il ne restera rien, plus rien ne pourra être déposé.`,
      'Les fichiers de la corbeille comptent jusqu’à ce qu’ils la quittent pour de bon : videz-la, ou demandez plus d’espace.',
    ],
  }),
}

/** To an administrator. */
export async function composeQuotaNearlyFull(
  deps: ComposeDeps,
  { userId, usedBytes, quotaBytes }: UsedQuota,
): Promise<Composed | undefined> {
  const { read, language, url } = deps
  const to = await findRecipient(read, userId)
  const [used, quota] = [formatBytes(language, usedBytes), formatBytes(language, quotaBytes)]
  return to && { to, letter: words[language]({ name: to.name, used, quota, url }) }
}
