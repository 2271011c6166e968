import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { Sql } from '../kernel/tx.ts'
import type { BlobStore } from '../media/blob-store.ts'
import { type Content, openContent } from '../media/open-content.ts'
import { maySendByProxy } from './accelerated.ts'
import type { App } from './app.ts'
import { type ByteRange, parseRange } from './byte-range.ts'
import { contentHeaders } from './content-headers.ts'
import { answers, anywhere, binaryAnswer, noContent } from './document.ts'
import { contentEtag, evaluatePreconditions, rangeIsCurrent } from './preconditions.ts'
import { sendBytes } from './send-bytes.ts'
import { id } from './wire.ts'

export interface ContentRoutesDeps {
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'open'>
  /** A reader that takes nothing for this long is let go. */
  readonly idleTimeoutMs: number
  /** Where the proxy in front has the store, if it sends the bytes; with a slash at its end. */
  readonly accelPath?: string | undefined
}

export function contentRoutes(app: App, deps: ContentRoutesDeps): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/files/:fileId/content',
    schema: {
      tags: ['files'],
      summary: 'The bytes, or a range of them',
      params: z.strictObject({ fileId: id }),
      response: { ...answers({ 304: noContent }, 404, 412, 416, ...anywhere), 200: binaryAnswer(200), 206: binaryAnswer(206) },
    },
    handler: async (request, reply) => {
      const content = await openContent(deps, request.principal, request.params.fileId)
      return sendContent(request, reply, content, deps)
    },
  })
}

type SendingDeps = Pick<ContentRoutesDeps, 'idleTimeoutMs' | 'accelPath'>

async function sendContent(request: FastifyRequest, reply: FastifyReply, content: Content, deps: SendingDeps): Promise<FastifyReply> {
  const { file } = content
  const current = { etag: contentEtag(file.sha256), modifiedAt: file.contentChangedAt }
  const outcome = evaluatePreconditions(request.headers, current)
  if (outcome === 'failed')
    throw new Failure('precondition_failed', 'file.precondition_failed', 'the content is another one than the request names')
  if (outcome === 'not_modified') return reply.code(304).headers(contentHeaders(file)).send()

  const range = askedRange(request, file.size, rangeIsCurrent(request.headers, current))
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${file.size}`)
    throw new Failure('invalid', 'file.range_unsatisfiable', `the content has ${file.size} bytes`)
  }
  if (deps.accelPath !== undefined && maySendByProxy(request, range)) {
    reply
      .headers(contentHeaders(file))
      .type(file.mediaType)
      .header('x-accel-redirect', deps.accelPath + content.storageKey)
    // nginx says so by itself.
    return reply.removeHeader('accept-ranges').send()
  }
  const bytes = request.method === 'HEAD' ? undefined : await content.open(range)
  // Node closes a connection on which nothing moved, and takes the time-out back when the answer has gone out. `inject` has none.
  if (reply.raw.socket instanceof Socket) reply.raw.socket.setTimeout(deps.idleTimeoutMs)
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`)
  reply
    .headers(contentHeaders(file))
    .header('content-length', String(range === undefined ? file.size : range.end - range.start + 1))
    .type(file.mediaType)
  return bytes === undefined ? reply.send() : sendBytes(reply, bytes)
}

function askedRange({ method, headers }: FastifyRequest, size: number, current: boolean): ByteRange | 'unsatisfiable' | undefined {
  const range = method === 'GET' && current ? parseRange(headers.range, size) : 'whole'
  return range === 'whole' ? undefined : range
}
