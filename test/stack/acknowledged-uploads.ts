import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from '../service/client.ts'
import { json } from '../service/send.ts'

/** Uploads, ten a second whatever becomes of the ones before; what was acknowledged is remembered. */
export interface AcknowledgedUploads {
  /** How many have failed, once those that are under way have ended. */
  failures(): Promise<number>
  /** Ends it. Tells which of all that were acknowledged cannot be read as they were sent. */
  lost(): Promise<{ readonly acknowledged: number; readonly lost: readonly string[] }>
}

const everyMs = 100
const timeoutMs = 15_000

export function uploadSteadily(url: string, apiKey: string): AcknowledgedUploads {
  const client: Client = createClient(url, apiKey)
  const acknowledged = new Map<string, string>()
  const underWay = new Set<Promise<void>>()
  let failed = 0
  let goesOn = true

  const upload = async (at: number) => {
    const text = `upload ${at} ${crypto.randomUUID()}`
    const path = `/v1/files?name=${encodeURIComponent(text)}.txt`
    const reply = await client.send({ method: 'POST', path, body: Buffer.from(text), headers: { connection: 'close' }, timeoutMs })
    if (reply.status !== 201) throw new Error(String(reply.status))
    acknowledged.set(json<{ id: string }>(reply).id, text)
  }
  const sending = (async () => {
    for (let at = 0; goesOn; at++) {
      const request: Promise<void> = upload(at)
        .catch(() => void failed++)
        .finally(() => underWay.delete(request))
      underWay.add(request)
      await pause(everyMs)
    }
  })()

  return {
    failures: async () => {
      await Promise.all(underWay)
      return failed
    },
    lost: async () => {
      goesOn = false
      await sending
      await Promise.all(underWay)
      const lost: string[] = []
      for (const [id, text] of acknowledged) {
        const { body } = await client.get(`/v1/files/${id}/content`)
        if (body.toString() !== text) lost.push(`${id}: ${body.toString().slice(0, 200)}`)
      }
      return { acknowledged: acknowledged.size, lost }
    },
  }
}
