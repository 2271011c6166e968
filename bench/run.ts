/** `run.ts [--only NAME] [--rounds N] [--dir FOLDER]`: prints the ratios, writes them to reports/bench.json, and fails where a goal is missed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { machineLine, readMachine } from './machine.ts'
import { download } from './measures/download.ts'
import { idempotentPost } from './measures/idempotent-post.ts'
import { idempotentPostMysql } from './measures/idempotent-post-mysql.ts'
import { messengerAmqp } from './measures/messenger-amqp.ts'
import { messengerSql } from './measures/messenger-sql.ts'
import { uploadMultipart, uploadRaw, uploadSmall } from './measures/upload.ts'
import { uploadAzure } from './measures/upload-azure.ts'
import { reportLines } from './report.ts'
import { type Result, runRounds } from './rounds.ts'

const benchmarks: readonly Benchmark[] = [
  uploadRaw,
  uploadMultipart,
  uploadSmall,
  uploadAzure,
  download,
  idempotentPost,
  idempotentPostMysql,
  messengerSql,
  messengerAmqp,
]

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' }, dir: { type: 'string', default: 'reports' } },
})
const rounds = Number(values.rounds)
const chosen = benchmarks.filter(({ name }) => values.only === undefined || name === values.only)
if (chosen.length === 0 || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(`usage: run.ts [--only ${benchmarks.map(({ name }) => name).join('|')}] [--rounds N] [--dir FOLDER]`)
  process.exit(2)
}

await mkdir('reports', { recursive: true })
const baseFolder = await mkdtemp(join(values.dir, 'bench-'))
try {
  const machine = readMachine(baseFolder)
  console.log(machineLine(machine))
  const results: Result[] = []
  for (const benchmark of chosen) {
    await using shared = new AsyncDisposableStack()
    const started = await benchmark.start?.()
    if (typeof started === 'string') {
      console.log(`\n${benchmark.name}: skipped, ${started}`)
      continue
    }
    if (started !== undefined) shared.use(started)
    const result = await runRounds(benchmark, rounds, baseFolder)
    for (const line of reportLines(result)) console.log(line)
    results.push(result)
  }
  await writeFile(
    'reports/bench.json',
    `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, rounds, results }, undefined, 2)}\n`,
  )
  if (results.some(({ goals }) => goals.some(({ reached }) => !reached))) process.exitCode = 1
} finally {
  await rm(baseFolder, { recursive: true, force: true })
}
