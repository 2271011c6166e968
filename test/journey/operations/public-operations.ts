import type { KnownOperations } from './known-operation.ts'

const always = (status: number) => ({ owner: status, colleague: status, foreigner: status })

/** What asks for no credentials answers everybody alike, also those whose credentials have expired. */
export const publicOperations: KnownOperations = {
  'GET /livez': always(200),
  'GET /readyz': always(200),
  'GET /startupz': always(200),
  'GET /errors/{code}': { subject: async () => 'file.unknown', ...always(200) },
  'GET /.well-known/jwks.json': always(200),
  // It takes no credentials but the tokens of `GET /v1/events`, and of those who share its secret.
  'GET /.well-known/mercure': { call: () => ({ query: { match: '*' } }), ...always(401) },
  'POST /.well-known/mercure': always(401),
  'GET /.well-known/oauth-protected-resource/.well-known/mercure': always(200),
  'POST /v1/tokens': {
    call: ({ ownerAccount: { email, password } }) => ({ json: { email, password } }),
    ...always(200),
  },
  'POST /v1/password-resets': { call: ({ ownerAccount: { email } }) => ({ json: { email } }), ...always(202) },
  'POST /v1/password-resets/confirm': { call: () => ({ json: { token: 'none', password: 'long enough a password' } }), ...always(422) },
  'GET /password-reset': always(200),
  'POST /v1/tokens/refresh': { call: () => ({ json: { refreshToken: 'none' } }), ...always(401) },
}
