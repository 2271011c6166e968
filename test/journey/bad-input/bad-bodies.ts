import type { Operation } from '../openapi.ts'
import type { Call } from '../operations/known-operation.ts'
import { pathOf } from '../operations/operations.ts'
import { type BadRequest, hostileNames } from './bad-request.ts'

const mebibyte = 1024 * 1024

/** JSON that is wrong, for an operation that takes some. Those that take none must refuse what they are given. */
export function badJson(operation: Operation, id: string, call: Call): BadRequest[] {
  const bad = (what: string, text: string | Uint8Array, status?: number, type = 'application/json'): BadRequest => ({
    what,
    method: operation.method,
    path: pathOf(operation, id, call),
    headers: { 'content-type': type },
    body: Buffer.from(text),
    ...(status !== undefined && { status }),
  })
  const json = call.json ?? {}
  const good = JSON.stringify(json)
  return [
    ...['{', '{"a":}', 'nope', '{"a":1,}', '\u0000', '{"a":1}}', '['.repeat(100_000)].map((text) =>
      bad(`malformed: ${text.slice(0, 9)}`, text, 400),
    ),
    bad('not in UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), 400),
    ...['[]', '"text"', '42', 'true'].map((text) => bad(`not an object: ${text}`, text, 400)),
    bad('a member that nobody knows', JSON.stringify({ ...json, unexpected: 1 }), 400),
    bad('a prototype', good.replace('{', `{"__proto__":{"admin":true}${good === '{}' ? '' : ','}`), 400),
    bad('more than 1 MiB', JSON.stringify({ ...json, unexpected: 'x'.repeat(mebibyte) }), 413),
    ...['text/plain', 'application/xml', 'multipart/form-data', 'nonsense'].map((type) => bad(`JSON as ${type}`, good, 415, type)),
    ...wrongMembers(json).map(([what, value]) => bad(what, JSON.stringify(value), 400)),
    ...hostileMembers(operation, json).map(([what, value]) => bad(what, JSON.stringify(value))),
  ]
}

type Members = Readonly<Record<string, unknown>>

/** Every member with a value of every other type. */
function wrongMembers(json: Members): [what: string, value: Members][] {
  return Object.entries(json).flatMap(([name, right]) =>
    valuesOfOtherTypes(right)
      .filter((wrong) => wrong !== null || !nullable.has(name))
      .map((wrong): [string, Members] => [`${name}: ${JSON.stringify(wrong)}`, { ...json, [name]: wrong }]),
  )
}

const nullable = new Set(['parentId', 'folderId'])

function valuesOfOtherTypes(right: unknown): unknown[] {
  const others: unknown[] = [null, 42, true, 'text', ['text'], { text: 'text' }, [42], [null]]
  return others.filter((other) => (Array.isArray(right) ? !isTexts(other) : typeof other !== typeof right || Array.isArray(other)))
}

/** What an array of texts may hold: roles are chosen from a list, tags are free. */
const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string')

function hostileMembers({ path }: Operation, json: Members): [what: string, value: Members][] {
  // Of users and of keys they are labels, and free.
  const names = 'name' in json && /^.v1.(files|folders)/.test(path) ? Object.entries(hostileNames) : []
  const tags = 'tags' in json ? [[''], ['t'.repeat(65)], ['a\0b'], Array.from({ length: 51 }, (_, index) => `t${index}`)] : []
  const roles = 'roles' in json ? [[], ['emperor'], ['viewer', 'viewer', 'emperor']] : []
  return [
    ...names.map(([what, name]): [string, Members] => [`a name ${what}`, { ...json, name }]),
    ...tags.map((wrong): [string, Members] => [`tags: ${JSON.stringify(wrong).slice(0, 50)}`, { ...json, tags: wrong }]),
    ...roles.map((wrong): [string, Members] => [`roles: ${JSON.stringify(wrong)}`, { ...json, roles: wrong }]),
    ...('email' in json && 'name' in json ? [['an address that is none', { ...json, email: 'nobody' }] as [string, Members]] : []),
  ]
}
