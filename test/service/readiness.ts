import { setTimeout as pause } from 'node:timers/promises'
import { type Client, expectJson } from './client.ts'

/** What `/readyz` says of a part. */
export interface Part {
  readonly required: boolean
  readonly status: string
  readonly detail?: string
}

const everyMs = 50

/** Waits for a service that is ready: one that had no processor for a second says 503 of its database. */
export async function readyPart(client: Client, name: string): Promise<Part | undefined> {
  for (;;) {
    const reply = await client.get('/readyz')
    if (reply.status !== 503) return expectJson<{ parts: Record<string, Part> }>(reply, 200).parts[name]
    await pause(everyMs)
  }
}

export async function untilPartIs(client: Client, name: string, status: string): Promise<Part> {
  for (;;) {
    const part = await readyPart(client, name)
    if (part?.status === status) return part
    await pause(everyMs)
  }
}
