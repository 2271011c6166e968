import { AssertionError } from 'node:assert'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'

export interface TestAnswer {
  readonly method: string
  /** As it was asked for, with the query. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Uint8Array | string
}

export type CheckAnswer = (answer: TestAnswer) => void

interface Documented {
  readonly content?: Readonly<Record<string, object>>
}

interface Operation {
  readonly responses: Readonly<Record<string, Documented>>
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const documentId = 'api'

/** What a process says before any route has the request: to what cannot be read, and where it has no routes at all. */
const beforeAnyRoute = /"code":"(request\.malformed|request\.headers_too_large|route\.unknown)"/

/**
 * Compares answers with an OpenAPI document: their status, their media type and, where that is JSON, their body. What is no operation of the
 * document is left alone. Throws an AssertionError that names what differs.
 */
export function createAnswerCheck(document: object): CheckAnswer {
  const { paths } = document as ApiDocument
  const findPath = pathFinder(Object.keys(paths))
  const findValidator = validators(document)
  return (answer) => {
    const path = findPath(answer.url)
    const method = answer.method.toLowerCase()
    const operation = path === undefined ? undefined : paths[path]?.[method]
    if (path === undefined || operation === undefined) return
    const fault = faultOf(answer, operation, (mediaType) =>
      findValidator(path, method, 'responses', String(answer.status), 'content', mediaType),
    )
    if (fault === undefined) return
    throw new AssertionError({
      message: `${answer.method} ${path} answered ${answer.status}, ${fault}\n${String(answer.body).slice(0, 1_000)}`,
    })
  }
}

function faultOf(answer: TestAnswer, { responses }: Operation, findValidator: (mediaType: string) => ValidateFunction): string | undefined {
  const documented = responses[answer.status]
  if (documented === undefined && beforeAnyRoute.test(String(answer.body))) return undefined
  if (documented === undefined) return 'which its document does not list'
  const { 'content-type': sent = '', 'content-encoding': coding } = answer.headers
  const type = String(sent).split(';')[0]?.trim() ?? ''
  const listed = Object.keys(documented.content ?? {})
  const as = listed.find((one) => takes(one, type))
  const isRight = listed.length === 0 ? answer.body.length === 0 : as !== undefined
  if (!isRight) return `as ${type || 'nothing'}, where its document says ${listed.join(' or ') || 'nothing'}`
  if (as?.endsWith('json') !== true || answer.method === 'HEAD' || coding !== undefined) return undefined
  const validate = findValidator(as)
  return validate(JSON.parse(String(answer.body))) ? undefined : `but its document says otherwise: ${errorsOf(validate)}`
}

const errorsOf = ({ errors }: ValidateFunction) =>
  (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join(', ')

/** Of the paths that an address is one of, the one with the fewest parameters: `/v1/files/trash` before `/v1/files/{fileId}`. */
function pathFinder(paths: readonly string[]): (url: string) => string | undefined {
  const parametersOf = (path: string) => path.split('{').length
  const known = paths
    .toSorted((one, other) => parametersOf(one) - parametersOf(other))
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}(\\?|$)`) }))
  return (url) => known.find(({ pattern }) => pattern.test(url))?.path
}

/** Each compiled when it is asked for first. */
function validators(document: object): (...place: readonly string[]) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats })
  ajv.addSchema(document, documentId, false, false)
  const compiled = new Map<string, ValidateFunction>()
  return (...place) => {
    const pointer = ['paths', ...place, 'schema'].map(escapePart).join('/')
    const known = compiled.get(pointer)
    if (known !== undefined) return known
    const validate = ajv.compile({ $ref: `${documentId}#/${pointer}` })
    compiled.set(pointer, validate)
    return validate
  }
}

const escapePart = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

/** `image/*` takes `image/png`. */
const takes = (documented: string, type: string) =>
  documented === type || documented === '*/*' || (documented.endsWith('/*') && type.startsWith(documented.slice(0, -1)))
