import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Cache } from '../kernel/cache.ts'
import { demand } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { listingVersion } from '../media/listing-version.ts'
import type { PartMetrics } from './part-metrics.ts'

export interface RememberedPagesDeps {
  readonly read: Sql
  readonly cache: Cache
  readonly metrics: Pick<PartMetrics, 'observeLookup'>
  /** Of the release: another one may show the same entries differently. */
  readonly version: string
}

interface Listed {
  /** Null is the top of the tree. Undefined is anywhere, of which nothing is kept. */
  readonly folderId: string | null | undefined
  readonly make: () => Promise<unknown>
}

/**
 * A page of what lies in a folder: as this principal was answered before, where nothing changed since, or made now. Whether something changed is for
 * the database to say, so nothing that is kept has ever to be thrown away. What fails is not kept.
 */
export async function sendRemembered(
  { read, cache, metrics, version }: RememberedPagesDeps,
  { principal, url }: Pick<FastifyRequest, 'principal' | 'url'>,
  reply: FastifyReply,
  { folderId, make }: Listed,
): Promise<FastifyReply> {
  demand(principal, 'read')
  if (folderId === undefined) return reply.send(await make())
  const { tenantId, userId } = principal
  // Before anything is listed: what is kept under it is as new as that, or newer.
  const listing = await listingVersion(read, tenantId, folderId)
  const key = createHash('sha256')
    .update(JSON.stringify([version, tenantId, userId, url, listing]))
    .digest('base64url')
  const kept = await cache.get(key)
  metrics.observeLookup(kept !== undefined)
  const page = kept ?? JSON.stringify(await make())
  if (kept === undefined) void cache.put(key, page)
  return reply.type('application/json; charset=utf-8').send(page)
}
