import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Client, expectJson } from './client.ts'

interface Listing {
  readonly items: readonly { readonly name: string }[]
}

export async function namesAt(client: Client, path: string): Promise<string[]> {
  return expectJson<Listing>(await client.get(path), 200).items.map(({ name }) => name)
}

export interface LoadOptions {
  /** What each of them asks besides. */
  readonly ask?: (() => Promise<unknown>) | undefined
  /** What became of a round where a request failed, or read something old; the next one begins. */
  readonly onError: (error: unknown) => void
}

/** Four clients, each with a folder of its own: they store, list, read and delete. Gives how long each request took, in milliseconds. */
export async function loadFor(client: Client, forMs: number, { ask, onError }: LoadOptions): Promise<number[]> {
  const tookMs: number[] = []
  const timed = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const startedAt = performance.now()
    const answer = await work()
    tookMs.push(performance.now() - startedAt)
    return answer
  }
  const until = performance.now() + forMs
  const round = async (folderId: string) => {
    const children = `/v1/folders/${folderId}/children`
    const path = `/v1/files?name=one.bin&folder=${folderId}`
    const body = Buffer.from('bytes')
    const stored = await timed(() => client.send({ method: 'POST', path, body, headers: { 'content-type': 'text/plain' } }))
    const file = expectJson<{ id: string }>(stored, 201)
    for (let look = 0; look < 3; look++) assert.deepEqual(await timed(() => namesAt(client, children)), ['one.bin'])
    assert.equal((await timed(() => client.get(`/v1/files/${file.id}/content`))).status, 200)
    if (ask !== undefined) await timed(ask)
    expectJson(await timed(() => client.ask('DELETE', `/v1/files/${file.id}`)), 202)
    assert.deepEqual(await timed(() => namesAt(client, children)), [])
  }
  const makeFolder = async () => expectJson<{ id: string }>(await client.ask('POST', '/v1/folders', { name: crypto.randomUUID() }), 201).id
  const work = async () => {
    let folderId = await makeFolder()
    while (performance.now() < until) {
      try {
        await round(folderId)
      } catch (error) {
        onError(error)
        folderId = await makeFolder()
      }
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  return tookMs
}

/** The same, and throws where a request fails, or reads something old. */
export function underLoad(client: Client, forMs: number, ask?: () => Promise<unknown>): Promise<number[]> {
  const onError = (error: unknown) => {
    throw error
  }
  return loadFor(client, forMs, { ask, onError })
}

/** Says how it went while something was wrong. */
export function tellLoad(t: TestContext, fault: string, tookMs: readonly number[]): void {
  const sorted = tookMs.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1)
  t.diagnostic(`${fault}: ${sorted.length} requests, 0 failed; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`)
}
