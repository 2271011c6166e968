/**
 * `live.ts [SUBSCRIBERS]`: from the request of an upload to its update at each of 5,000 subscribers of the embedded hub, and who gets one of a private
 * file. Exit 1 where a goal is missed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { openHouse } from '../test/service/house.ts'
import { percentile, tellGoal } from './durations.ts'
import { type Listeners, listenAll } from './live-listeners.ts'

const count = Number(process.argv[2] ?? 5_000)
const [userCount, updates, everyMs, waitMs] = [50, 20, 1_000, 30_000]
const json = { 'content-type': 'application/json' }

await using house = await openHouse()
const { url } = house.process
const administrator = `Bearer ${house.account.apiKey}`

async function call<Answer>(authorization: string, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization, ...(body && json) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

async function addUser(number: number): Promise<string> {
  const given = { email: `user-${number}@example.test`, password: 'a long enough passphrase' }
  await call(administrator, 'POST', '/v1/users', { ...given, name: `User ${number}`, roles: ['editor'] })
  return `Bearer ${(await call<{ accessToken: string }>(administrator, 'POST', '/v1/tokens', given)).accessToken}`
}

const users: string[] = []
for (let number = 0; number < userCount; number++) users.push(await addUser(number))
const groups: Listeners[] = []
for (const user of users) {
  const events = await call<{ url: string; topics: string[]; token: string }>(user, 'GET', '/v1/events')
  groups.push(await listenAll(events, count / userCount))
}

const delaysMs: number[] = []
for (let number = 0; number < updates; number++) {
  const began = performance.now()
  const { id } = await call<{ id: string }>(users[0] ?? '', 'POST', `/v1/files?name=public-${number}.txt`, {})
  const arrived = await arrivals(id, count)
  delaysMs.push(...arrived.map((at) => at - began))
  await pause(Math.max(0, everyMs - (performance.now() - began)))
}

const hidden = await call<{ id: string }>(users[0] ?? '', 'POST', '/v1/files?name=private.txt', {})
await arrivals(hidden.id, count)
await call(users[0] ?? '', 'PATCH', `/v1/files/${hidden.id}`, { private: true })
const [mine, ...others] = groups
await pause(3_000)
const told = (group: Listeners | undefined): number => (group?.arrivals(hidden.id).length ?? 0) - count / userCount
console.log(
  `${count} subscribers of ${userCount} users; ${updates} updates; ${groups.reduce((sum, one) => sum + one.open(), 0)} still connected`,
)
tellGoal('of each update, missing', (count * updates - delaysMs.length) / updates, '', { atMost: 0 })
tellGoal('from the request to the update, p50', percentile(delaysMs, 0.5), 'ms', { atMost: 1_000 })
tellGoal('from the request to the update, p99', percentile(delaysMs, 0.99), 'ms', { atMost: 1_000 })
tellGoal('of what became private, missing at its owner', count / userCount - told(mine), '', { atMost: 0 })
tellGoal(
  'of what became private, told to others',
  others.reduce((sum, other) => sum + told(other), 0),
  '',
  { atMost: 0 },
)
for (const group of groups) group.close()

/** When each of them had it. */
async function arrivals(id: string, expected: number): Promise<number[]> {
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    const at = groups.flatMap((group) => group.arrivals(id))
    if (at.length >= expected || performance.now() > giveUpAt) return at
    await pause(20)
  }
}
