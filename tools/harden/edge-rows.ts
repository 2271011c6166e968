import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { type Container, docker, isFront } from './container.ts'
import { type Row, unless } from './row.ts'

const isServing = (container: Container) => isFront(container) && container.State.Running

/** What the front does for what is behind it. */
export const edgeRows: readonly Row[] = [
  {
    name: 'security headers, also with a refusal',
    of: isServing,
    check: async (container) => {
      const { headers } = await ask(container, { path: '/v1/files' })
      const own = await ask(container, { path: '/metrics' })
      const wanted = ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy', 'cross-origin-opener-policy']
      const missing = wanted.filter((name) => headers[name] === undefined || own.headers[name] === undefined)
      return unless(missing.length === 0, `no ${missing.join()}`)
    },
  },
  {
    name: 'no version in the banner',
    of: isServing,
    check: async (container) => {
      const { headers } = await ask(container, { path: '/' })
      return unless(!/\d/.test(String(headers['server'])) && headers['x-powered-by'] === undefined, headers['server'])
    },
  },
  {
    name: 'the id of a request comes back',
    of: isServing,
    check: async (container) => {
      const { headers } = await ask(container, { path: '/livez', headers: { 'x-correlation-id': 'harden-0001' } })
      return unless(headers['x-correlation-id'] === 'harden-0001', headers['x-correlation-id'])
    },
  },
  {
    name: 'a body beyond the limit is refused before it is sent',
    of: isServing,
    check: async (container) => {
      const { statusCode } = await ask(container, { method: 'POST', path: '/v1/files', headers: { 'content-length': 2 ** 40 } })
      return unless(statusCode === 413, statusCode)
    },
  },
  {
    name: 'figures and hidden files are not for strangers',
    of: isServing,
    check: async (container) => {
      const asked = await Promise.all(['/metrics', '/.env', '/.git/config'].map((path) => ask(container, { path })))
      return unless(
        asked.every(({ statusCode }) => statusCode === 404),
        asked.map(({ statusCode }) => statusCode).join(),
      )
    },
  },
  {
    name: 'slow clients are given up',
    of: isServing,
    check: async ({ Id }) => {
      const settings = await docker('exec', Id, 'sh', '-c', 'cat /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf')
      const wanted = ['client_header_timeout', 'client_body_timeout', 'send_timeout', 'keepalive_timeout', 'limit_req ', 'limit_conn ']
      const missing = wanted.filter((name) => !settings.includes(name))
      return unless(missing.length === 0, `no ${missing.join()}`)
    },
  },
]

/** The head of the answer. Whatever certificate it has: that is asked elsewhere. */
function ask({ NetworkSettings }: Container, options: RequestOptions): Promise<IncomingMessage> {
  const port = NetworkSettings.Ports['8443/tcp']?.[0]?.HostPort
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, rejectUnauthorized: false, timeout: 10_000, ...options }, (answer) => {
      resolve(answer)
      answer.destroy()
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 10 s')))
    outgoing.on('error', reject)
    outgoing.flushHeaders()
    if (options.method !== 'POST') outgoing.end()
  })
}
