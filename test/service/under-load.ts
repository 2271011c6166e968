import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Client, expectJson } from './client.ts'

interface Listing {
  readonly items: readonly { readonly name: string }[]
}

export async function namesAt(client: Client, path: string): Promise<string[]> {
  return expectJson<Listing>(await client.get(path), 200).items.map(({ name }) => name)
}

/**
 * Four clients, each with a folder of its own: they store, list, read and delete. Gives how long each request took, in milliseconds. Throws where
 * one fails, or reads something old.
 *
 * @param ask What each of them asks besides.
 */
export async function underLoad(client: Client, forMs: number, ask?: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = []
  const timed = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const startedAt = performance.now()
    const answer = await work()
    tookMs.push(performance.now() - startedAt)
    return answer
  }
  const until = performance.now() + forMs
  const work = async () => {
    const name = crypto.randomUUID()
    const { id } = expectJson<{ id: string }>(await client.ask('POST', '/v1/folders', { name }), 201)
    const children = `/v1/folders/${id}/children`
    while (performance.now() < until) {
      const path = `/v1/files?name=one.bin&folder=${id}`
      const body = Buffer.from('bytes')
      const stored = await timed(() => client.send({ method: 'POST', path, body, headers: { 'content-type': 'text/plain' } }))
      const file = expectJson<{ id: string }>(stored, 201)
      for (let look = 0; look < 3; look++) assert.deepEqual(await timed(() => namesAt(client, children)), ['one.bin'])
      assert.equal((await timed(() => client.get(`/v1/files/${file.id}/content`))).status, 200)
      await ask?.()
      expectJson(await timed(() => client.ask('DELETE', `/v1/files/${file.id}`)), 202)
      assert.deepEqual(await timed(() => namesAt(client, children)), [])
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  return tookMs
}

/** Says how it went while something was wrong. */
export function tellLoad(t: TestContext, fault: string, tookMs: readonly number[]): void {
  const sorted = tookMs.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1)
  t.diagnostic(`${fault}: ${sorted.length} requests, 0 failed; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`)
}
