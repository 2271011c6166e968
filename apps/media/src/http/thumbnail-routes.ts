import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import { type FindThumbnailDeps, findThumbnail } from '../media/thumbnails/find-thumbnail.ts'
import type { Thumbnail } from '../media/thumbnails/made-thumbnail.ts'
import { acceptedFormats } from './accepted-formats.ts'
import type { App } from './app.ts'
import { answers, anywhere, imageAnswer, noContent } from './document.ts'
import { contentEtag, evaluatePreconditions } from './preconditions.ts'
import { sendBytes } from './send-bytes.ts'
import { id } from './wire.ts'

export type ThumbnailRoutesDeps = FindThumbnailDeps

/** Until it is looked for again, where it is being made. */
const retryAfterSeconds = 1

export function thumbnailRoutes(app: App, deps: ThumbnailRoutesDeps): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/files/:fileId/thumbnails/:size',
    schema: {
      tags: ['files'],
      summary: 'A thumbnail, in the format that Accept likes best; 202 while it is being made',
      params: z.strictObject({ fileId: id, size: z.string().max(20) }),
      response: { ...answers({ 202: noContent, 304: noContent }, 404, 412, 422, ...anywhere), 200: imageAnswer },
    },
    handler: async (request, reply) => {
      const { fileId, size } = request.params
      const formats = acceptedFormats(request.headers.accept)
      reply.header('vary', 'Accept')
      const thumbnail = await findThumbnail(deps, request.principal, fileId, size, formats)
      return thumbnail === undefined ? sendComing(reply) : sendThumbnail(request, reply, thumbnail)
    },
  })
}

const sendComing = (reply: FastifyReply): FastifyReply =>
  reply
    .code(202)
    .headers({ 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' })
    .send()

/** Asked for anew each time, since a file in the trash has none; what is still the same is not sent again. */
async function sendThumbnail(request: FastifyRequest, reply: FastifyReply, thumbnail: Thumbnail): Promise<FastifyReply> {
  const current = { etag: contentEtag(thumbnail.sha256), modifiedAt: thumbnail.madeAt }
  const outcome = evaluatePreconditions(request.headers, current)
  if (outcome === 'failed')
    throw new Failure('precondition_failed', 'file.precondition_failed', 'the thumbnail is another one than the request names')
  reply.headers({
    etag: current.etag,
    'last-modified': new Date(current.modifiedAt).toUTCString(),
    'cache-control': 'private, no-cache',
    'content-disposition': 'inline',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
  if (outcome === 'not_modified') return reply.code(304).send()
  reply.header('content-length', String(thumbnail.size)).type(`image/${thumbnail.format}`)
  return request.method === 'HEAD' ? reply.send() : sendBytes(reply, await thumbnail.open())
}
