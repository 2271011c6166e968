import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { parseEntryName } from '../media/entry-name.ts'
import { readActiveFile } from '../media/file.ts'
import { readPlace, refuseReader } from '../media/folder.ts'
import type { ReceiveUploadDeps } from '../media/receive-upload.ts'
import { replaceContent } from '../media/replace-content.ts'
import { storeFiles } from '../media/store-files.ts'
import type { App } from './app.ts'
import { answers, onWrite } from './document.ts'
import { contentEtag, guardsBytes, mayReplace } from './preconditions.ts'
import { digestBody, isForm, keepOrDiscard, receiveForm, wholeBody } from './receive-body.ts'
import { invalidPart } from './validate.ts'
import { fileSchema, fileView } from './views.ts'
import { folderQuery, id } from './wire.ts'
import { type StreamedRoute, streamedRoute, type WriteRoutesDeps } from './write-route.ts'

export interface UploadRoutesDeps extends WriteRoutesDeps, ReceiveUploadDeps {
  readonly read: Sql
}

const tags = ['files']
const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256 in hex')
  .optional()

const uploadSchema = {
  tags,
  summary: 'Upload one file as the body, or several as multipart, all or none',
  querystring: z.strictObject({ name: z.string().optional(), folder: folderQuery, sha256 }),
  response: answers({ 201: z.union([fileSchema, z.strictObject({ items: z.array(fileSchema) })]) }, 404, 410, 507, ...onWrite),
}

const replaceSchema = {
  tags,
  summary: 'Replace the bytes: a new version',
  params: z.strictObject({ fileId: id }),
  querystring: z.strictObject({ sha256 }),
  response: answers({ 200: fileSchema }, 404, 410, 507, ...onWrite),
}

/** The bodies of these routes are bytes of any type, handed on as they arrive. */
export async function uploadRoutes(app: App, deps: UploadRoutesDeps): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const upload = { one: uploadOne(deps), several: uploadSeveral(deps) }
  streamedRoute(app, deps, {
    method: 'POST',
    url: '/v1/files',
    schema: uploadSchema,
    digest: digestBody,
    handler: (request, commit) => (isForm(request) ? upload.several(request, commit) : upload.one(request, commit)),
  })
  streamedRoute(app, deps, {
    method: 'PUT',
    url: '/v1/files/:fileId/content',
    schema: replaceSchema,
    digest: digestBody,
    handler: replace(deps),
  })
}

type UploadHandler = StreamedRoute<typeof uploadSchema>['handler']

const uploadOne =
  (deps: UploadRoutesDeps): UploadHandler =>
  (request, commit) =>
    keepOrDiscard(deps, request, async (receive) => {
      const { principal, query } = request
      if (query.name === undefined) throw invalidPart('querystring.name', 'a file needs a name')
      const name = parseEntryName(query.name)
      const { folderId } = await readPlace(deps.read, principal, query.folder ?? null)
      const received = await receive(wholeBody(request, query.sha256))
      return commit(
        async (tx) => {
          const [file] = await storeFiles(deps, tx, principal, [{ received, name, folderId }])
          if (file === undefined) throw new Error('one file was stored and none came back')
          return { status: 201, headers: { location: `/v1/files/${file.id}` }, body: fileView(file) }
        },
        { bodyDigest: received.sha256 },
      )
    })

const uploadSeveral =
  (deps: UploadRoutesDeps): UploadHandler =>
  (request, commit) =>
    keepOrDiscard(deps, request, async (receive) => {
      const { principal, query } = request
      if (query.name !== undefined || query.sha256 !== undefined) {
        throw invalidPart('querystring', 'name and sha256 are for one file, not for a form')
      }
      const { folderId: folderOfQuery } = await readPlace(deps.read, principal, query.folder ?? null)
      const { files, folderId = folderOfQuery, bodyDigest } = await receiveForm(request, receive)
      const newFiles = files.map((file) => ({ ...file, folderId }))
      return commit(async (tx) => ({ status: 201, body: { items: (await storeFiles(deps, tx, principal, newFiles)).map(fileView) } }), {
        bodyDigest,
      })
    })

const replace =
  (deps: UploadRoutesDeps): StreamedRoute<typeof replaceSchema>['handler'] =>
  (request, commit) =>
    keepOrDiscard(deps, request, async (receive) => {
      const { principal, params, query, headers } = request
      if (isForm(request))
        throw new Failure('unsupported_type', 'request.media_type_unsupported', 'the new bytes are the body itself, not a form')
      const ifSha256 = await replacedDigest(deps.read, principal, params.fileId, headers)
      const received = await receive(wholeBody(request, query.sha256))
      return commit(
        async (tx) => ({ status: 200, body: fileView(await replaceContent(deps, tx, principal, params.fileId, received, ifSha256)) }),
        { bodyDigest: received.sha256 },
      )
    })

/** The digest of the bytes that may be replaced, and no others. Throws before a byte is taken where that is clear already. */
async function replacedDigest(read: Sql, principal: Principal, fileId: string, headers: IncomingHttpHeaders): Promise<string | undefined> {
  const file = await readActiveFile(read, principal, fileId)
  refuseReader(principal, file)
  if (!mayReplace(headers, { etag: contentEtag(file.sha256), modifiedAt: file.contentChangedAt }))
    throw new Failure('precondition_failed', 'file.precondition_failed', 'the content is another one than the request names')
  return guardsBytes(headers) ? file.sha256 : undefined
}
