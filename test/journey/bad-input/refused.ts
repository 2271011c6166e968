import assert from 'node:assert/strict'
import { type Client, createClient, type Problem } from '../../service/client.ts'
import { json, type Reply } from '../../service/send.ts'
import type { BadRequest } from './bad-request.ts'

const knownCodes = new Set<string>()

/** The whole of what a refusal must be: a problem with a stable code, that tells nothing of the inside. */
export async function assertRefused(url: string, what: string, reply: Reply, status?: BadRequest['status']): Promise<void> {
  const told = `${what}: ${reply.status} ${reply.body.toString().slice(0, 500)}`
  if (status !== undefined) assert.equal(reply.status, status, told)
  assert.ok(reply.status >= 400 && reply.status < 500, told)
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/, told)
  assert.ok(reply.body.length < 20_000, `${what}: the answer has ${reply.body.length} bytes`)
  assert.doesNotMatch(reply.body.toString(), /\\n\s+at |node:internal|node_modules|\.ts:\d|SQLITE|ENOENT/, told)
  const problem = json<Problem & { type: string }>(reply)
  assert.equal(problem.status, reply.status, told)
  assert.equal(problem.correlationId, reply.headers['x-correlation-id'], told)
  assert.equal(problem.type, `/errors/${problem.code}`, told)
  await assertKnown(createClient(url), problem.code)
}

async function assertKnown(client: Client, code: string): Promise<void> {
  if (knownCodes.has(code)) return
  assert.equal((await client.get(`/errors/${code}`)).status, 200, `${code} is a code that nobody explains`)
  knownCodes.add(code)
}
