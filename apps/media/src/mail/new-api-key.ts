import { type ApiKeyRow, apiKeyColumns, toApiKey } from '../accounts/api-key.ts'
import type { ComposeDeps, Composed } from './compose.ts'
import { formatInstant, type InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

interface Facts {
  readonly name: string
  readonly keyName: string
  readonly prefix: string
  readonly scopes: string
  readonly madeAt: string
  readonly expiresAt: string | undefined
  readonly url: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, keyName, prefix, scopes, madeAt, expiresAt, url }) => ({
    subject: 'A new API key of yours',
    body: [
      `Hello ${name},`,
      `on ${madeAt} an API key was made for your account at ${url}:`,
      [`Name: ${keyName}`, `Begins with: ${prefix}`, `May act as: ${scopes}`, `Expires: ${expiresAt ?? 'never'}`],
      'If this was not you, revoke the key and change your password.',
    ],
  }),
  fr: ({ name, keyName, prefix, scopes, madeAt, expiresAt, url }) => ({
    subject: 'Une nouvelle clé d’API à votre nom',
    body: [
      `Bonjour ${name},`,
      `le ${madeAt}, une clé d’API a été créée pour votre compte sur ${url} :`,
      [`Nom : ${keyName}`, `Commence par : ${prefix}`, `Rôles : ${scopes}`, `Expire : ${expiresAt ?? 'jamais'}`],
      'Si ce n’était pas vous, révoquez la clé et changez votre mot de passe.',
    ],
  }),
}

/** To the user whose key it is. The key itself is in nobody's hands but the user's. */
export async function composeNewApiKey({ read, language, url }: ComposeDeps, apiKeyId: string): Promise<Composed | undefined> {
  const row = await read.get<ApiKeyRow>(`SELECT ${apiKeyColumns} FROM api_key WHERE id = ?`, [apiKeyId])
  const to = row && (await findRecipient(read, row.user_id))
  if (row === undefined || to === undefined) return undefined
  const { name: keyName, prefix, scopes, createdAt, expiresAt } = toApiKey(row)
  const facts = {
    ...{ name: to.name, keyName, prefix, url },
    scopes: scopes.join(', '),
    madeAt: formatInstant(language, createdAt),
    expiresAt: expiresAt === null ? undefined : formatInstant(language, expiresAt),
  }
  return { to, letter: words[language](facts) }
}
