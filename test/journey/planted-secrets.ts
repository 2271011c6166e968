import { createHash } from 'node:crypto'
import { createClient } from '../service/client.ts'
import type { Reply, Request } from '../service/send.ts'
import { sendRaw } from '../service/send-raw.ts'

/** A request that carries a secret where a client, a proxy or a mistake may put one. */
export interface Carrier {
  readonly where: string
  /** Made anew for each run, in the form that the place asks for. */
  readonly secret: (random: string) => string
  readonly send: (url: string, secret: string, credential: string) => Promise<Reply | undefined>
}

const plain = (random: string) => random
const token = (random: string) => `hf_${random}`
const jwt = (random: string) => `eyJ${random}.eyJ${random}.${random}`
const signature = (random: string) => createHash('sha256').update(random).digest('base64')

const asNobody = (request: Partial<Request>) => (url: string) => createClient(url).send({ method: 'GET', path: '/v1/files', ...request })

/** Sent by somebody who is known, so that it comes as far as it can. */
const as =
  (request: (secret: string) => Partial<Request>) =>
  (url: string, secret: string, credential: string): Promise<Reply> =>
    createClient(url, credential).send({ method: 'GET', path: '/v1/files', ...request(secret) })

const header = (name: string, secret = plain, prefix = ''): Carrier => ({
  where: `the header ${name}: ${prefix}`,
  secret,
  send: (url, value) => asNobody({ headers: { [name]: `${prefix}${value}` } })(url),
})

const query = (name: string, secret = plain, path = '/v1/files'): Carrier => ({
  where: `the query ${path}?${name}=`,
  secret,
  send: as((value) => ({ path: `${path}?${name}=${encodeURIComponent(value)}` })),
})

const json = (where: string, method: string, path: string, body: (secret: string) => unknown): Carrier => ({
  where: `${where} in the body of ${method} ${path}`,
  secret: plain,
  send: as((secret) => ({
    method,
    path,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(typeof body(secret) === 'string' ? String(body(secret)) : JSON.stringify(body(secret))),
  })),
})

const bytes = (where: string, type: string, body: (secret: string) => string): Carrier => ({
  where: `${where} in an upload of ${type}`,
  secret: plain,
  send: as((secret) => ({
    method: 'POST',
    path: `/v1/files?name=${crypto.randomUUID()}`,
    headers: { 'content-type': type },
    body: Buffer.from(body(secret)),
  })),
})

const raw = (where: string, text: (secret: string) => string): Carrier => ({
  where: `${where} in what is no request`,
  secret: plain,
  send: (url, secret) => sendRaw(url, text(secret)),
})

export const carriers: readonly Carrier[] = [
  header('authorization', token, 'Bearer '),
  header('authorization', jwt, 'Bearer '),
  header('authorization', plain, 'Basic '),
  header('authorization', plain),
  header('proxy-authorization', plain, 'Basic '),
  header('cookie', plain, 'session='),
  header('x-api-key', token),
  header('x-auth-token'),
  header('x-forwarded-authorization', jwt, 'Bearer '),
  header('x-amz-security-token'),
  header('x-ms-copy-source', signature, 'https://account.blob.core.windows.net/c/b?sp=r&sig='),
  header('user-agent', plain, 'client/1 token='),
  header('referer', plain, 'https://here.example/?access_token='),
  header('x-correlation-id', plain, 'password='),
  header('traceparent', plain, 'secret='),
  header('if-none-match', plain, 'password='),
  header('range', plain, 'token='),
  header('content-type', plain, 'application/json; secret='),
  header('accept', plain, 'text/html; token='),
  header('x-http-method-override', plain, 'token='),
  query('access_token', token),
  query('token', jwt),
  query('api_key'),
  query('apikey'),
  query('password'),
  query('sig', signature),
  query('signature', signature),
  query('X-Amz-Signature'),
  query('code', plain, '/'),
  query('cursor'),
  query('name', plain, '/v1/files/not-an-id'),
  query('token', plain, '/nowhere'),
  query('secret', plain, '/livez'),
  json('a password', 'POST', '/v1/tokens', (password) => ({ email: 'nobody@holdfast.example', password })),
  json('an address and its password', 'POST', '/v1/tokens', (secret) => ({ email: `${secret}@holdfast.example`, password: secret })),
  json('a refresh token', 'POST', '/v1/tokens/refresh', (refreshToken) => ({ refreshToken })),
  json('a new password', 'POST', '/v1/users', (password) => ({ email: `${password}@x.example`, name: 'x', roles: ['viewer'], password })),
  json('a password of the wrong type', 'POST', '/v1/users', (secret) => ({ email: 1, name: 'x', roles: [], password: [secret] })),
  json('passwords', 'PUT', '/v1/me/password', (secret) => ({ currentPassword: secret, newPassword: `${secret}!` })),
  json('malformed JSON', 'POST', '/v1/tokens', (secret) => `{"email":"a@b.example","password":"${secret}"`),
  json('a member that nobody knows', 'POST', '/v1/folders', (apiKey) => ({ name: crypto.randomUUID(), apiKey })),
  json('the name of a member', 'POST', '/v1/folders', (secret) => ({ name: crypto.randomUUID(), [secret]: 1 })),
  json('a folder’s name', 'POST', '/v1/folders', (secret) => ({ name: `password=${secret}` })),
  json('a tag', 'PATCH', '/v1/files/00000000-0000-7000-8000-000000000000', (secret) => ({ tags: [secret] })),
  bytes('content', 'text/plain', (secret) => `password=${secret}`),
  bytes('content that is not what it is called', 'image/png', (secret) => secret),
  bytes('a form without end', 'multipart/form-data; boundary=b', (secret) => `--b\r\nContent-Disposition: form-data; name="${secret}"`),
  bytes('a field of a form', 'multipart/form-data; boundary=b', (secret) => formOf('token', secret)),
  raw(
    'a password',
    (secret) => `POST /v1/tokens HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nContent-Length: x\r\n\r\n{"password":"${secret}"}`,
  ),
  raw('a token', (secret) => `GET /v1/files?token=${secret}\r\n\r\n`),
  raw('a header that is too large', (secret) => `GET / HTTP/1.1\r\nHost: here\r\nCookie: ${secret.repeat(1_000)}\r\n\r\n`),
  { where: 'the path', secret: plain, send: as((secret) => ({ path: `/v1/files/${secret}` })) },
  { where: 'a path that nobody knows', secret: token, send: as((secret) => ({ path: `/reset-password/${secret}` })) },
  { where: 'the method of a path', secret: plain, send: as((secret) => ({ method: 'DELETE', path: `/v1/links/${secret}` })) },
  {
    where: 'a key',
    secret: plain,
    send: as((secret) => ({ method: 'POST', path: '/v1/folders', headers: { 'idempotency-key': `"${secret}` }, body: Buffer.from('{}') })),
  },
]

function formOf(name: string, value: string): string {
  return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`
}

/** In every form in which it might have been written down. */
export function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  return [secret, encodeURIComponent(secret), base64, Buffer.from(secret).toString('base64url'), Buffer.from(secret).toString('hex')]
}
