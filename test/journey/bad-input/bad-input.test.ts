import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUser } from '../../service/accounts.ts'
import { createClient } from '../../service/client.ts'
import { type House, openHouse } from '../../service/house.ts'
import type { Reply } from '../../service/send.ts'
import { takeSnapshot } from '../../service/snapshot.ts'
import { type Operation, readOperations } from '../openapi.ts'
import type { KnownOperation, World } from '../operations/known-operation.ts'
import { callOperation, operations } from '../operations/operations.ts'
import { badJson } from './bad-bodies.ts'
import { badHeaders, badMethods } from './bad-headers.ts'
import { badPaths } from './bad-paths.ts'
import type { BadRequest } from './bad-request.ts'
import { badUploads, maxOtherBytes } from './bad-uploads.ts'
import { assertRefused } from './refused.ts'

/** Everything that can be wrong with a request, for every operation of the document: refused, explained, and nothing is changed by it. */

let house: House
let documented: readonly Operation[]
let reader: string
let sent = 0

before(async () => {
  house = await openHouse({ MEDIA_MAX_OTHER_BYTES: String(maxOtherBytes) })
  documented = await readOperations(house.process.url)
  reader = (await createUser(house.process.url, house.administrator, 'reader')).id
})

after(() => house[Symbol.asyncDispose]())

for (const [name, known] of Object.entries(operations)) {
  test(`${name} refuses what is wrong`, async () => {
    const operation = documented.find((one) => one.name === name)
    assert.ok(operation, 'it is not in the document')
    const world = worldOf()
    const id = (await known.subject?.(world)) ?? ''
    const before = await takeSnapshot(house)
    for (const request of badRequests(operation, known, world, id)) await refuse(operation, request)
    assert.deepEqual(await takeSnapshot(house), before, 'something of a refused request was kept')
    const right = await callOperation(house.administrator, operation, id, known.call?.(world, id))
    assert.equal(right.status, known.owner, `the right request, after the wrong ones: ${right.body}`)
  })
}

/** A body of the hub: apps/media/src/http/publishing.test.ts has what is wrong there. */
const form = 'application/x-www-form-urlencoded'

function badRequests(operation: Operation, known: KnownOperation, world: World, id: string): BadRequest[] {
  const call = known.call?.(world, id) ?? {}
  const writes = operation.method !== 'GET' && operation.method !== 'HEAD' && !operation.bodyTypes.includes(form)
  return [
    ...badPaths(operation, id, call),
    ...badHeaders(operation, id, call),
    ...badMethods(operation, documented, id),
    ...(call.bytes === undefined ? [] : badUploads(operation, id, call)),
    ...(writes && call.bytes === undefined ? badJson(operation, id, call) : []),
  ]
}

/** Statuses that any path may answer, whatever its operations are. */
const anywhere = new Set([404, 405, 431])

/** What nginx in front of the service refuses before the service sees it, in the form of the service. */
const refusedByNginx: Readonly<Record<string, string>> = {
  'an id of a path': 'it leads out of the root',
  'an id with NUL': 'no path has one',
  'a header of 40 kB': 'it has less room for one',
  'more than 1 MiB': 'only where files are sent it takes a larger body',
}
const byNginx = new Set<string>()

/** By the detail, which is its own. */
function noteNginx(what: string, reply: Reply): boolean {
  if (!/"detail":"the proxy before the service/.test(reply.body.toString())) return false
  assert.ok(what in refusedByNginx, `${what}: nginx has an answer of its own to it, and no reason is listed`)
  byNginx.add(what)
  return true
}

async function refuse(operation: Operation, request: BadRequest): Promise<void> {
  const reply = await house.administrator.send(request)
  sent++
  if (operation.method === 'HEAD') assert.ok(reply.status >= 400 && reply.status < 500)
  else await assertRefused(house.process.url, request.what, reply, request.status)
  if (reply.status === 405) assert.match(String(reply.headers.allow), new RegExp(`\\b${operation.method}\\b`))
  const isDocumented = noteNginx(request.what, reply) || operation.statuses.has(reply.status) || anywhere.has(reply.status)
  assert.ok(isDocumented, `${request.what}: ${reply.status} is not in the document`)
}

const worldOf = (): World => ({
  url: house.process.url,
  dataDir: house.dataDir,
  settings: house.settings,
  owner: house.administrator,
  ownerAccount: house.account,
  reader,
  marker: `marker-${crypto.randomUUID()}`,
})

test('the process that was asked all this is alive, and ends as it should', async (t) => {
  t.diagnostic(`${sent} wrong requests were refused`)
  for (const what of byNginx) t.diagnostic(`by nginx: ${what}, since ${refusedByNginx[what]}`)
  assert.ok(sent > 1_000)
  assert.equal((await createClient(house.process.url).get('/livez')).status, 200)
  assert.deepEqual(await house.process.stop(), { code: 0, signal: null })
})
