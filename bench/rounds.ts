import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Benchmark, type Goal, rateOf } from './benchmark.ts'
import type { Measured } from './load/measure.ts'

export interface ContenderResult {
  readonly name: string
  /** One for each round. */
  readonly rates: readonly number[]
  readonly median: number
  /** Medians of the processor time of both processes: 1 is one core kept busy. */
  readonly serverCores: number | null
  readonly loadCores: number | null
}

export interface GoalResult extends Goal {
  /** Of the medians. */
  readonly ratio: number
  /** Of each round, in which subject and peer ran one after the other. */
  readonly ratios: readonly number[]
  readonly reached: boolean
}

export interface Result {
  readonly name: string
  readonly about: string
  readonly unit: string
  readonly contenders: readonly ContenderResult[]
  readonly goals: readonly GoalResult[]
}

/** One line that is written over, on a terminal alone. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** Rounds of all contenders in turn, A B A B …, so that what the machine does meanwhile falls on each alike. */
export async function runRounds(benchmark: Benchmark, rounds: number, baseFolder: string): Promise<Result> {
  const measured = new Map(benchmark.contenders.map(({ name }) => [name, [] as Measured[]]))
  await using folders = new AsyncDisposableStack()
  for (let round = 1; round <= rounds; round++) {
    for (const contender of benchmark.contenders) {
      showProgress(`${benchmark.name} ${round}/${rounds}: ${contender.name} `)
      await using ofRound = new AsyncDisposableStack()
      const folder = await newFolder(benchmark.keepsFolders ? folders : ofRound, baseFolder)
      measured.get(contender.name)?.push(await contender.run(folder))
    }
  }
  showProgress('')
  const contenders = [...measured].map(([name, of]) => summarize(name, of, benchmark.unit))
  return {
    name: benchmark.name,
    about: benchmark.about,
    unit: benchmark.unit,
    contenders,
    goals: benchmark.goals.map((goal) => compare(goal, contenders)),
  }
}

/** Gone with `resources`. */
async function newFolder(resources: AsyncDisposableStack, baseFolder: string): Promise<string> {
  const folder = await mkdtemp(join(baseFolder, 'round-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function summarize(name: string, measured: readonly Measured[], unit: Benchmark['unit']): ContenderResult {
  const rates = measured.map((one) => rateOf(one, unit))
  return {
    name,
    rates,
    median: median(rates),
    serverCores: medianOfKnown(measured.map(({ serverCores }) => serverCores)),
    loadCores: medianOfKnown(measured.map(({ loadCores }) => loadCores)),
  }
}

function compare(goal: Goal, contenders: readonly ContenderResult[]): GoalResult {
  const find = (name: string) => {
    const found = contenders.find((contender) => contender.name === name)
    if (found === undefined) throw new Error(`no contender is called ${name}`)
    return found
  }
  const subject = find(goal.subject)
  const peer = find(goal.peer)
  const ratio = subject.median / peer.median
  const ratios = subject.rates.map((rate, round) => rate / (peer.rates[round] ?? Number.NaN))
  return { ...goal, ratio, ratios, reached: ratio >= goal.atLeast }
}

function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : median(known)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
