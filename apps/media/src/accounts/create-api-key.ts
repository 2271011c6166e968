import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import { demand } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { newApiKeyMail } from '../mail/messages.ts'
import { type ApiKey, insertApiKey } from './api-key.ts'
import { type Authenticated, covers } from './authenticate.ts'
import { nameField, rolesField } from './fields.ts'
import { newSecretToken } from './secret-token.ts'

export const createApiKeyInput = z.strictObject({
  name: nameField,
  /** What the principal may do itself, where left out. */
  scopes: rolesField.optional(),
  /** Never, where left out. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
})
export type CreateApiKeyInput = z.infer<typeof createApiKeyInput>

/**
 * A key for the principal's own user, shown this once. It can do no more than the principal; and only an administrator's key can
 * make further keys, else a stolen one could outlive its own revocation.
 * Throws `api-key.scope_not_held`, `api-key.expiry_past`, `auth.forbidden`.
 */
export async function createApiKey(tx: Tx, principal: Authenticated, input: CreateApiKeyInput): Promise<{ apiKey: ApiKey; key: string }> {
  if (principal.via === 'api-key') demand(principal, 'administer')
  const scopes = input.scopes ?? principal.roles
  const missing = scopes.filter((scope) => !covers(principal.roles, scope))
  if (missing.length > 0) {
    throw new Failure('forbidden', 'api-key.scope_not_held', `you cannot give what you do not have: ${missing.join(', ')}`)
  }
  const expiresAt = input.expiresAt === undefined ? null : Date.parse(input.expiresAt)
  if (expiresAt !== null && expiresAt <= tx.now) throw new Failure('invalid', 'api-key.expiry_past', 'expiresAt must lie in the future')
  const { tenantId, userId } = principal
  const key = newSecretToken('hf_')
  const apiKey = await insertApiKey(tx, { tenantId, userId, actor: userId, name: input.name, scopes, expiresAt, key })
  await tx.outbox.dispatch(newApiKeyMail, { apiKeyId: apiKey.id })
  return { apiKey, key }
}
