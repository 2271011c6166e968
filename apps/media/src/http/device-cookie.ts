import type { FastifyReply, FastifyRequest } from 'fastify'
import { deviceMemoryMs } from '../accounts/known-device.ts'
import type { LogInOrigin } from '../accounts/log-in.ts'
import { networkOf } from './rate-limits.ts'

const name = 'holdfast_device'

/** Where a log-in comes from. A client that keeps no cookies is known by its network alone. */
export const originOf = ({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): LogInOrigin => ({
  network: networkOf(ip),
  device: deviceIn(headers.cookie),
  client: headers['user-agent'],
})

const deviceIn = (cookies = ''): string | undefined =>
  cookies
    .split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${name}=`))
    ?.slice(name.length + 1)

/** Back only to where one logs in, also where the service is below a path of another; not shown to scripts. */
export function keepDevice(reply: FastifyReply, device: string, publicUrl: string | undefined): FastifyReply {
  const { protocol, pathname } = new URL(publicUrl ?? 'http://localhost')
  const path = `${pathname.replace(/\/$/, '')}/v1/tokens`
  const always = [`Path=${path}`, `Max-Age=${deviceMemoryMs / 1000}`, 'HttpOnly', 'SameSite=Strict']
  return reply.header('set-cookie', [`${name}=${device}`, ...always, ...(protocol === 'https:' ? ['Secure'] : [])].join('; '))
}
