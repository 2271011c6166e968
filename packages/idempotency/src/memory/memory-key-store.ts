import { replayedHeaders } from '../answer.ts'
import { type Claim, type Completion, type KeyRecord, type KeyStore, KeyTaken } from '../key-store.ts'

/** Undoes what was written, in reverse, when the work throws. */
export interface MemoryTransaction {
  onRollback(undo: () => void): void
}

export interface MemoryKeyStore extends KeyStore<MemoryTransaction> {
  transaction<Result>(work: (tx: MemoryTransaction) => Promise<Result>): Promise<Result>
}

/** For tests of what uses this package: one process, one transaction at a time, forgotten at its end. */
export function createMemoryKeyStore(): MemoryKeyStore {
  const records = new Map<string, KeyRecord>()
  let last: Promise<unknown> = Promise.resolve()

  const write = (tx: MemoryTransaction, id: string, record: KeyRecord | undefined): true => {
    const before = records.get(id)
    tx.onRollback(() => put(id, before))
    put(id, record)
    return true
  }
  const put = (id: string, record: KeyRecord | undefined) => (record === undefined ? records.delete(id) : records.set(id, record))
  const unfinished = (id: string, token: string): KeyRecord | undefined => {
    const record = records.get(id)
    return record?.token === token && record.answer === undefined ? record : undefined
  }

  return {
    transaction(work) {
      const result = last.then(() => runUndoable(work))
      last = result.catch(() => undefined)
      return result
    },
    // Waits for the transactions before it, so that it sees only what is committed.
    find: async (id) => last.then(() => records.get(id)),
    insert: async (tx, claim) => !records.has(claim.id) && write(tx, claim.id, toRecord(claim)),
    async takeOver(tx, claim, seenToken, now) {
      const lapsed = unfinished(claim.id, seenToken)
      return lapsed !== undefined && lapsed.leaseUntil <= now && write(tx, claim.id, toRecord(claim))
    },
    release: async (tx, { id, token }) => unfinished(id, token) !== undefined && write(tx, id, undefined),
    async removeExpired(tx, { id, token }, now) {
      const record = records.get(id)
      return record?.token === token && record.expiresAt <= now && write(tx, id, undefined)
    },
    async renew(tx, { id, token }, leaseUntil) {
      const record = unfinished(id, token)
      return record !== undefined && write(tx, id, { ...record, leaseUntil })
    },
    async complete(tx, { id, token }, completion) {
      const record = unfinished(id, token)
      return record !== undefined && write(tx, id, completed(record, completion))
    },
    async insertCompleted(tx, claim, completion) {
      if (records.has(claim.id)) throw new KeyTaken()
      write(tx, claim.id, completed(toRecord(claim), completion))
    },
    async prune(tx, now, limit) {
      const expired = [...records].filter(([, record]) => record.expiresAt <= now).slice(0, limit)
      for (const [id] of expired) write(tx, id, undefined)
      return expired.length
    },
  }
}

function completed(record: KeyRecord, { answer, bodyDigest, expiresAt }: Completion): KeyRecord {
  return { ...record, bodyDigest, expiresAt, answer: { ...answer, headers: replayedHeaders(answer.headers) } }
}

function toRecord({ token, headDigest, bodyDigest, leaseUntil, expiresAt }: Claim): KeyRecord {
  return { token, headDigest, bodyDigest, leaseUntil, expiresAt, answer: undefined }
}

async function runUndoable<Result>(work: (tx: MemoryTransaction) => Promise<Result>): Promise<Result> {
  const undo: (() => void)[] = []
  try {
    return await work({ onRollback: (step) => undo.push(step) })
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw error
  }
}
