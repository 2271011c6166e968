/**
 * `torture.ts [--kills 200] [--operations 20000] [--clients 8] [--processes 2] [--seed N]`: kills processes under load, then compares
 * database, blobs and everything that was acknowledged. Prints what it did and found; exit 1 where anything was found.
 */
import { parseArgs } from 'node:util'
import { crashPoints } from '../../apps/media/src/media/crash-point.ts'
import { runTorture } from './run-torture.ts'
import { summaryLines } from './summary.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    operations: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '8' },
    processes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
const options = {
  kills: count('kills', values.kills),
  operations: count('operations', values.operations),
  clients: count('clients', values.clients),
  processes: count('processes', values.processes),
  seed: count('seed', values.seed),
  thorough: true,
}

console.log(`seed ${options.seed}`)
const result = await runTorture({ ...options, ...(process.stderr.isTTY && { onProgress: showProgress }) })
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
for (const line of summaryLines(options, result)) console.log(line)
for (const { rule, detail } of result.findings) console.error(`${rule}: ${detail}`)

const missed = crashPoints.filter((point) => !result.killsAt.has(point))
if (missed.length > 0) console.error(`nobody was killed at ${missed.join(', ')}`)
if (result.findings.length > 0) console.error(`the data is kept in ${result.dataDir}`)
if (result.findings.length + missed.length > 0) process.exitCode = 1

function showProgress({ operations, kills }: { readonly operations: number; readonly kills: number }): void {
  process.stderr.write(`\r\x1b[K${operations} operations, ${kills} kills `)
}

function count(name: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  console.error(`--${name} must be a whole number above 0`)
  process.exit(2)
}
