import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type DigestedPart, digestParts } from '@holdfast/idempotency'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../kernel/failure.ts'
import { demand } from '../kernel/principal.ts'
import { discardReservations, expireReservationsOfClaim } from '../media/discard-reservations.ts'
import { parseEntryName } from '../media/entry-name.ts'
import { type ReceivedUpload, type ReceiveUploadDeps, receiveUpload, type Upload } from '../media/receive-upload.ts'
import { expectedDigest } from './expected-digest.ts'
import { type Part, readParts, readText } from './multipart.ts'
import { invalidPart } from './validate.ts'
import { folderQuery } from './wire.ts'

export type Receive = (upload: Omit<Upload, 'claimId' | 'signal'>) => Promise<ReceivedUpload>

/** What `work` receives and does not come to store is let go at once. After a crash its reservation expires. Throws `auth.forbidden`. */
export async function keepOrDiscard<Result>(
  deps: ReceiveUploadDeps,
  request: FastifyRequest,
  work: (receive: Receive) => Promise<Result>,
): Promise<Result> {
  const { principal, idempotency } = request
  demand(principal, 'write')
  const { id: claimId, predecessor } = idempotency?.claim ?? {}
  if (predecessor !== undefined) await deps.inTransaction((tx) => expireReservationsOfClaim(tx, predecessor))
  const failure = failureOf(request.body)
  const signal = idempotency ? AbortSignal.any([failure, idempotency.signal]) : failure
  const received: ReceivedUpload[] = []
  const receive: Receive = async (upload) => {
    const one = await receiveUpload(deps, principal, { ...upload, claimId, signal })
    received.push(one)
    return one
  }
  try {
    return await work(receive)
  } catch (error) {
    if (received.length > 0) await deps.inTransaction((tx) => discardReservations(tx, received, 'refused')).catch(() => undefined)
    throw error
  }
}

export const isForm = ({ headers }: FastifyRequest): boolean => /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')

/** The body as one upload. `sha256`: what the query announces. */
export function wholeBody({ body, headers }: FastifyRequest, sha256: string | undefined): Parameters<Receive>[0] {
  const { 'content-length': length } = headers
  return {
    bytes: bytesOf(body),
    declaredType: headers['content-type'],
    declaredSize: length === undefined ? undefined : Number(length),
    expectedSha256: expectedDigest(headers, sha256),
  }
}

export interface ReceivedForm {
  readonly files: readonly { readonly name: string; readonly received: ReceivedUpload }[]
  /** From the field `folder`; undefined where there is none. */
  readonly folderId: string | null | undefined
  readonly bodyDigest: string
}

/** The files of a form in their order. */
export async function receiveForm(request: FastifyRequest, receive: Receive): Promise<ReceivedForm> {
  const files: { name: string; received: ReceivedUpload }[] = []
  const digested: DigestedPart[] = []
  let folderId: string | null | undefined
  for await (const part of partsOf(request)) {
    if (part.fileName === undefined) {
      const text = await readFolderField(part)
      folderId = parseFolder(text)
      digested.push(digestPart(part, createHash('sha256').update(text).digest('hex')))
    } else {
      const name = parseEntryName(part.fileName)
      const received = await receive({ bytes: part.bytes, declaredType: part.mediaType })
      files.push({ name, received })
      digested.push(digestPart(part, received.sha256))
    }
  }
  if (files.length === 0) throw new Failure('invalid', 'upload.empty', 'the form has no file')
  return { files, folderId, bodyDigest: digestParts(digested) }
}

/** What the body's digest is, for a request that is a repeat. Keeps nothing. */
export async function digestBody(request: FastifyRequest): Promise<string> {
  if (!isForm(request)) return digestOf(bytesOf(request.body))
  const parts: DigestedPart[] = []
  for await (const part of partsOf(request)) parts.push(digestPart(part, await digestOf(part.bytes)))
  return digestParts(parts)
}

const partsOf = ({ body, headers }: FastifyRequest) => readParts(bytesOf(body), headers['content-type'] ?? '')

const digestPart = ({ name, fileName, mediaType }: Part, sha256: string): DigestedPart => ({ name, filename: fileName, mediaType, sha256 })

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}

/** A request without a body is a file of no bytes. */
const bytesOf = (body: unknown): AsyncIterable<Uint8Array> => (body instanceof Readable ? body : Readable.from([]))

function failureOf(body: unknown): AbortSignal {
  const controller = new AbortController()
  if (body instanceof Readable) body.once('error', (error) => controller.abort(error))
  return controller.signal
}

const maxFolderFieldBytes = 100

function readFolderField({ name, bytes }: Part): Promise<string> {
  if (name !== 'folder') throw invalidPart(`body.${name}`, 'the only field beside the files is `folder`')
  return readText(bytes, maxFolderFieldBytes)
}

function parseFolder(text: string): string | null {
  const parsed = folderQuery.safeParse(text)
  if (!parsed.success) throw invalidPart('body.folder', 'must be the id of a folder, or `root`')
  return parsed.data ?? null
}
