import { z } from 'zod'

const resource = 'https://storage.azure.com/'
const timeoutMs = 10_000

/** The code of an error where the platform gives no token. */
export const noIdentity = 'NoManagedIdentity'

const answer = z.object({ access_token: z.string(), expires_on: z.coerce.number() })

interface Token {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number
}

export interface IdentityPlace {
  /** Of App Service, Functions and Container Apps, which name it in IDENTITY_ENDPOINT; undefined on a virtual machine. */
  readonly endpoint?: string | undefined
  /** IDENTITY_HEADER. */
  readonly header?: string | undefined
  /** Of the identity, where the machine has several. */
  readonly clientId?: string | undefined
}

/**
 * Tokens of the identity that the platform gave this machine.
 *
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
export function managedIdentity({ endpoint, header, clientId }: IdentityPlace): { getToken(): Promise<Token> } {
  const url = new URL(endpoint ?? 'http://169.254.169.254/metadata/identity/oauth2/token')
  url.searchParams.set('api-version', endpoint === undefined ? '2018-02-01' : '2019-08-01')
  url.searchParams.set('resource', resource)
  if (clientId !== undefined) url.searchParams.set('client_id', clientId)
  const headers = header === undefined ? { metadata: 'true' } : { 'x-identity-header': header }
  return {
    getToken: async () => {
      try {
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
        if (!response.ok) throw new Error(`its platform answered with ${response.status}`)
        const { access_token: token, expires_on: expiresOn } = answer.parse(await response.json())
        return { token, expiresOnTimestamp: expiresOn * 1_000 }
      } catch (cause) {
        throw Object.assign(new Error('this machine has no identity', { cause }), { code: noIdentity })
      }
    },
  }
}
