import { MessengerError } from './messenger-error.ts'

interface CommonOptions {
  /** Instead of the contract's. */
  readonly lane?: string | undefined
  /** A second dispatch of the same contract and key is the first one, as long as that is kept: its id is answered and nothing is added. */
  readonly dedupeKey?: string | undefined
  /** Handled no later than this, in milliseconds since 1970: afterwards it is `expired`. */
  readonly notAfter?: number | undefined
}

/** When it is due: at once, after a delay, or at an instant in milliseconds since 1970. */
export type DispatchOptions = CommonOptions &
  ({ readonly delayMs?: number | undefined; readonly dueAt?: never } | { readonly dueAt?: number | undefined; readonly delayMs?: never })

const rules: Record<string, { readonly wants: string; readonly allows: (value: unknown) => boolean }> = {
  lane: { wants: 'the name of a lane', allows: (value) => typeof value === 'string' },
  dedupeKey: {
    wants: 'a string of 1 to 190 characters',
    allows: (value) => typeof value === 'string' && value !== '' && value.length <= 190,
  },
  notAfter: { wants: 'an instant in milliseconds', allows: Number.isSafeInteger },
  delayMs: { wants: 'milliseconds from 0 on', allows: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
  dueAt: { wants: 'an instant in milliseconds', allows: Number.isSafeInteger },
}

/** Throws `messenger.bad_option`. What the types refuse is refused here too, for callers without them. */
export function checkDispatchOptions(options: DispatchOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = rules[name]
    if (rule === undefined) throw badOption(`${name} is no option of a dispatch; there are ${Object.keys(rules).join(', ')}`)
    if (value !== undefined && !rule.allows(value)) throw badOption(`${name} must be ${rule.wants}`)
  }
  if (options.delayMs !== undefined && options.dueAt !== undefined) throw badOption('delayMs and dueAt exclude each other')
}

export function checkInstant(name: string, instant: number): void {
  if (!Number.isSafeInteger(instant)) throw badOption(`${name} must be an instant in milliseconds`)
}

export const badOption = (message: string) => new MessengerError('messenger.bad_option', message)
