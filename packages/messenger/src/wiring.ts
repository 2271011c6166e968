import type { Handler } from './handle.ts'
import type { LaneOptions } from './lanes.ts'
import type { Contract } from './message.ts'
import { MessengerError } from './messenger-error.ts'
import type { RetryPolicy } from './retry.ts'
import type { Capability, Transaction, Transport } from './transport.ts'

export interface Wiring<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  readonly needs: readonly Capability[]
  readonly lanes: readonly string[]
  readonly contracts: readonly Contract[]
  /** Undefined in a process that only dispatches. */
  readonly handlers: readonly Handler<Tx>[] | undefined
  /** Contracts that go to other systems. */
  readonly outgoing: readonly { readonly contract: Contract }[]
  readonly retry: RetryPolicy
  readonly timeLimitMs: number
}

const versionedName = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\.v[1-9]\d*$/

/** Throws `messenger.misconfigured` with every problem in one message. */
export function checkWiring<Tx extends Transaction>(wiring: Wiring<Tx>): void {
  refuse('the messenger is not wired', [
    ...capabilityProblems(wiring),
    ...contractProblems(wiring),
    ...handlerProblems(wiring),
    ...outgoingProblems(wiring),
    ...retryProblems(wiring),
    ...timeLimitProblems('timeLimitMs', wiring.timeLimitMs),
  ])
}

/** Throws `messenger.misconfigured`. */
export function checkWorker(
  known: readonly string[],
  lanes: Readonly<Record<string, LaneOptions>>,
  numbers: Readonly<Record<string, number>>,
): void {
  const wrongLanes = Object.entries(lanes).flatMap(([lane, { slots, weight }]) => [
    ...(known.includes(lane) ? [] : [`${lane} is no lane; there are ${known.join(', ')}`]),
    ...(Number.isInteger(slots) && slots >= 1 ? [] : [`the lane ${lane} needs slots, 1 or more`]),
    ...(weight >= 1 ? [] : [`the lane ${lane} needs a weight of 1 or more`]),
  ])
  const wrongNumbers = Object.entries(numbers).flatMap(([name, value]) => (value >= 1 ? [] : [`${name} must be 1 or more`]))
  const none = Object.keys(lanes).length === 0 ? ['a worker needs a lane'] : []
  refuse('the worker is not set up', [...none, ...wrongLanes, ...wrongNumbers])
}

export function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new MessengerError('messenger.misconfigured', [`${what}:`, ...problems.map((problem) => `- ${problem}`)].join('\n'))
}

function capabilityProblems<Tx extends Transaction>({ transport, needs }: Wiring<Tx>): string[] {
  return needs.filter((need) => !transport.capabilities.has(need)).map((need) => `the transport ${transport.name} is not ${need}`)
}

function contractProblems({ contracts, lanes }: Pick<Wiring<never>, 'contracts' | 'lanes'>): string[] {
  return [
    ...duplicates(contracts.map(({ name }) => name)).map((name) => `two contracts are named ${name}`),
    ...contracts.flatMap(({ name, lane }) => [
      ...(versionedName.test(name) && name.length <= 190
        ? []
        : [`${name} is no message name: use words and a version, as media.purge-file.v1`]),
      ...(lanes.includes(lane) ? [] : [`${name} travels on ${lane}, which is no lane; there are ${lanes.join(', ')}`]),
    ]),
  ]
}

function handlerProblems<Tx extends Transaction>({ contracts, handlers, outgoing }: Wiring<Tx>): string[] {
  if (handlers === undefined) return []
  const sent = outgoing.map(({ contract }) => contract)
  const handled = handlers.map(({ contract }) => contract)
  return [
    ...duplicates(handled.map(({ name }) => name)).map((name) => `two handlers handle ${name}`),
    ...contracts.filter((contract) => !handled.includes(contract) && !sent.includes(contract)).map(({ name }) => `${name} has no handler`),
    ...handlers.flatMap(({ contract, timeLimitMs }) => timeLimitProblems(`the time limit of ${contract.name}`, timeLimitMs)),
    ...handled.filter((contract) => !contracts.includes(contract)).map(({ name }) => `the handler of ${name} has no contract in the list`),
  ]
}

function outgoingProblems<Tx extends Transaction>({ transport, contracts, handlers = [], outgoing }: Wiring<Tx>): string[] {
  const handled = handlers.map(({ contract }) => contract)
  return [
    ...(outgoing.length > 0 && transport.broker === undefined ? [`the transport ${transport.name} sends nothing to other systems`] : []),
    ...outgoing.flatMap(({ contract }) => [
      ...(contracts.includes(contract) ? [] : [`${contract.name} goes to other systems and is not in the list of contracts`]),
      ...(handled.includes(contract) ? [`${contract.name} goes to other systems and has a handler`] : []),
    ]),
  ]
}

function retryProblems({ retry }: Pick<Wiring<never>, 'retry'>): string[] {
  const { maxAttempts, delayMs, multiplier, maxDelayMs, jitter } = retry
  return [
    ...(Number.isInteger(maxAttempts) && maxAttempts >= 1 ? [] : ['retry.maxAttempts must be 1 or more']),
    ...(delayMs >= 0 ? [] : ['retry.delayMs must be 0 or more']),
    ...(multiplier >= 1 ? [] : ['retry.multiplier must be 1 or more']),
    ...(maxDelayMs >= delayMs ? [] : ['retry.maxDelayMs must be retry.delayMs or more']),
    ...(jitter >= 0 && jitter <= 1 ? [] : ['retry.jitter must be between 0 and 1']),
  ]
}

/** The longest that a timer of the runtime can wait. */
const maxTimerMs = 2 ** 31 - 1

const timeLimitProblems = (what: string, timeLimitMs: number | undefined) =>
  timeLimitMs === undefined || (timeLimitMs >= 1 && timeLimitMs <= maxTimerMs) ? [] : [`${what} must be 1 to ${maxTimerMs} ms`]

const duplicates = (names: readonly string[]) => [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
