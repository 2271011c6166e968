import type { FastifyReply, FastifyRequest } from 'fastify'
import { credentialsInvalid, credentialsMissing } from '../accounts/auth-failures.ts'
import { credentialStands } from '../accounts/credential-stands.ts'
import { Failure } from '../kernel/failure.ts'
import type { Sql } from '../kernel/tx.ts'
import type { LiveHolder, LiveTokens } from '../live/live-tokens.ts'
import type { Protocol } from '../live/protocol.ts'
import type { TopicMatcher } from '../live/topic-matcher.ts'
import { bearer } from './authentication.ts'
import { countAddress, countPrincipal, type RequestLimits } from './rate-limits.ts'

export const hubPath = '/.well-known/mercure'

/** As clients see it: the service may be below a path of another. */
export const hubPathOf = (publicUrl: string | undefined): string =>
  `${publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')}${hubPath}`

export interface HubAccessDeps {
  readonly protocol: Protocol
  readonly liveTokens: Pick<LiveTokens, 'verify'>
  readonly read: Sql
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly requestLimits: RequestLimits
  /** As clients reach the service; as the request was addressed where absent. */
  readonly publicUrl?: string | undefined
}

/** Whose token a request to the hub holds, in its header or, where that may be, in its cookie. Throws failures of the kind `unauthenticated`. */
export async function letIn(deps: HubAccessDeps, request: FastifyRequest, reply: FastifyReply, beside?: 'cookie'): Promise<LiveHolder> {
  const { authorization, cookie } = request.headers
  const token = bearer(authorization) ?? (beside && authorization === undefined ? cookieOf(cookie, deps.protocol.cookie) : undefined)
  const holder = await verify(deps, token, hubUrl(request, deps.publicUrl)).catch(async (error: unknown) => {
    if (error instanceof Failure && error.kind === 'unauthenticated') await countAddress(deps.requestLimits, request, reply)
    throw error
  })
  await countPrincipal(deps.requestLimits, holder.principal, reply)
  return holder
}

async function verify({ liveTokens, read, clock }: HubAccessDeps, token: string | undefined, url: string): Promise<LiveHolder> {
  if (token === undefined) throw credentialsMissing()
  const holder = await liveTokens.verify(token, url)
  const { subject } = holder
  if (subject !== undefined && !(await credentialStands({ read, clock }, subject, 'read'))) throw credentialsInvalid()
  return holder
}

/** Throws `live.not_granted` unless every topic is among what was granted. */
export function demandGranted(grants: readonly TopicMatcher[], topics: readonly string[]): void {
  const isGranted = (topic: string): boolean => grants.some((grant) => grant.matches(topic))
  if (!topics.every(isGranted)) throw new Failure('forbidden', 'live.not_granted', 'the token does not grant this for every topic')
}

/** The hub as it was asked for, where nothing says how clients reach it. */
export const hubUrl = ({ protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>, publicUrl: string | undefined): string =>
  `${publicUrl ?? `${protocol}://${host}`}${hubPath}`

/** Browsers cannot give an EventSource a header. */
function cookieOf(header: string | undefined, name: string): string | undefined {
  const cookies = (header ?? '').split(';').map((cookie) => cookie.trim().split('='))
  return cookies.find(([given]) => given === name)?.[1]
}
