import type { FailedAttempt, StoredMessage, Transaction } from '../transport.ts'

/** What is committed. */
export interface Kept {
  readonly messages: Map<string, StoredMessage>
  readonly attempts: Map<string, readonly FailedAttempt[]>
}

/** Sees what is kept and what it wrote itself; the rest of the world sees its writes once it commits. */
export class MemoryTransaction implements Transaction {
  readonly #kept: Kept
  /** Undefined: removed. */
  readonly #messages = new Map<string, StoredMessage | undefined>()
  readonly #attempts: FailedAttempt[] = []
  readonly #callbacks: (() => void)[] = []

  constructor(kept: Kept) {
    this.#kept = kept
  }

  afterCommit(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  get(id: string): StoredMessage | undefined {
    return this.#messages.has(id) ? this.#messages.get(id) : this.#kept.messages.get(id)
  }

  all(): StoredMessage[] {
    const ids = new Set([...this.#kept.messages.keys(), ...this.#messages.keys()])
    return [...ids].map((id) => this.get(id)).filter((message) => message !== undefined)
  }

  put(message: StoredMessage): void {
    this.#messages.set(message.id, message)
  }

  remove(id: string): void {
    this.#messages.set(id, undefined)
  }

  addAttempt(attempt: FailedAttempt): void {
    this.#attempts.push(attempt)
  }

  commit(): void {
    const { messages, attempts } = this.#kept
    for (const attempt of this.#attempts) attempts.set(attempt.messageId, [...(attempts.get(attempt.messageId) ?? []), attempt])
    for (const [id, message] of this.#messages) {
      if (message !== undefined) {
        messages.set(id, message)
      } else {
        messages.delete(id)
        attempts.delete(id)
      }
    }
    for (const callback of this.#callbacks) callback()
  }
}
