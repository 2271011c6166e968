import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../service/client.ts'
import { json, type Reply } from '../service/send.ts'

export interface LoadResult {
  readonly requests: number
  /** What became of each that was not answered as it should be. */
  readonly failed: readonly string[]
  readonly perSecond: number
  /** Of all, from first to last: half of them within, 99 of 100 within, and the longest, in milliseconds. */
  readonly tookMs: { readonly p50: number; readonly p99: number; readonly longest: number }
}

export interface SteadyLoad {
  /** Begins no more, waits for what is under way. */
  end(): Promise<LoadResult>
}

const alone = { connection: 'close' }
const bytes = Buffer.from('the bytes of a small file')

/**
 * So many requests a second, whether the ones before are answered or not, as strangers send them: uploads, listings, downloads, changes and
 * deletions. Each by a connection of its own, and none is sent twice. Where `mostUnderWay` are not answered yet, the next one waits all the same.
 */
export function steadyLoad(url: string, apiKey: string, perSecond: number, mostUnderWay = Number.POSITIVE_INFINITY): SteadyLoad {
  const client = createClient(url, apiKey)
  const stored: string[] = []
  /** Asked for, and not answered yet: what is deleted is none of them, however long an answer takes. */
  const asked = new Map<string, number>()
  const failed: string[] = []
  const tookMs: number[] = []
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  let begun = 0
  let goesOn = true

  const expect = (reply: Reply, status: number, what: string) => {
    if (reply.status !== status) failed.push(`${what}: ${reply.status} ${reply.body.toString().slice(0, 300)}`)
  }
  const upload = async () => {
    const reply = await client.upload(`${crypto.randomUUID()}.txt`, bytes, alone)
    expect(reply, 201, 'upload')
    if (reply.status === 201) stored.push(json<{ id: string }>(reply).id)
  }
  const someFile = () => stored[Math.floor(Math.random() * stored.length)]
  const onFile = async (what: string, status: number, ask: (id: string) => Promise<Reply>, take = someFile) => {
    const id = take()
    if (id === undefined) {
      await upload()
      return
    }
    asked.set(id, (asked.get(id) ?? 0) + 1)
    expect(await ask(id), status, what)
    asked.set(id, (asked.get(id) ?? 1) - 1)
  }
  const oldestAtRest = () => {
    const at = stored.length > 40 ? stored.findIndex((id) => !asked.get(id)) : -1
    return at === -1 ? undefined : stored.splice(at, 1)[0]
  }
  const kinds = [
    upload,
    async () => expect(await client.get('/v1/folders/root/children?limit=20', alone), 200, 'listing'),
    upload,
    () => onFile('download', 200, (id) => client.get(`/v1/files/${id}/content`, alone)),
    () => onFile('change', 200, (id) => client.ask('PATCH', `/v1/files/${id}`, { tags: ['seen'] }, alone)),
    // Nobody asks for it again.
    () => onFile('deletion', 202, (id) => client.ask('DELETE', `/v1/files/${id}`, undefined, alone), oldestAtRest),
  ]

  const one = async () => {
    const sentAt = performance.now()
    const kind = kinds[begun++ % kinds.length] ?? upload
    await kind().catch((error: unknown) => failed.push(String(error)))
    tookMs.push(performance.now() - sentAt)
  }
  const sending = (async () => {
    while (goesOn) {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond)
      while (begun < due && underWay.size < mostUnderWay) {
        const request: Promise<void> = one().finally(() => underWay.delete(request))
        underWay.add(request)
      }
      await pause(5)
    }
  })()

  return {
    end: async () => {
      goesOn = false
      await sending
      const seconds = (performance.now() - startedAt) / 1_000
      await Promise.all(underWay)
      const sorted = tookMs.toSorted((a, b) => a - b)
      const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
      return { requests: begun, failed, perSecond: begun / seconds, tookMs: { p50: at(0.5), p99: at(0.99), longest: at(1) } }
    },
  }
}
