import { Failure } from '../kernel/failure.ts'

export const credentialsMissing = () =>
  new Failure('unauthenticated', 'auth.credentials_missing', 'this needs a bearer token or an API key')

/** The same words whatever is wrong: unknown, forged, revoked, or of a disabled user. */
export const credentialsInvalid = (options?: ErrorOptions) =>
  new Failure('unauthenticated', 'auth.credentials_invalid', 'the credentials are not valid', options)

export const credentialsExpired = (options?: ErrorOptions) =>
  new Failure('unauthenticated', 'auth.credentials_expired', 'the credentials have expired', options)
