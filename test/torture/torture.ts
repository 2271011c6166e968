/**
 * `torture.ts [--kills 200] [--operations 20000] [--clients 8] [--on embedded|stack|cluster] [--store folder|azure] [--faults 100]
 * [--pause-ms 2000] [--seed N]`: kills processes under load, on servers also these and the network, then compares
 * database, blobs and everything that was acknowledged. Prints what it did and found; exit 1 where anything was found.
 */
import { parseArgs } from 'node:util'
import { crashPoints } from '../../apps/media/src/media/crash-point.ts'
import { runTorture } from './run-torture.ts'
import { inAzure, openCluster, openEmbedded, openStack, type Stack } from './stacks.ts'
import { summaryLines } from './summary.ts'

const stacks = { embedded: openEmbedded, stack: openStack, cluster: openCluster }
const stores = { folder: async (stack: Stack) => stack, azure: inAzure }

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    operations: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '8' },
    on: { type: 'string', default: 'embedded' },
    store: { type: 'string', default: 'folder' },
    faults: { type: 'string', default: '100' },
    'pause-ms': { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
if (!(values.on in stacks)) refuse(`--on must be one of ${Object.keys(stacks).join(', ')}`)
if (!(values.store in stores)) refuse(`--store must be one of ${Object.keys(stores).join(', ')}`)
const counts = {
  kills: count('kills', values.kills),
  operations: count('operations', values.operations),
  clients: count('clients', values.clients),
  faults: count('faults', values.faults),
  pauseMs: count('pause-ms', values['pause-ms']),
  settleWithinMs: 5 * 60_000,
  seed: count('seed', values.seed),
  thorough: true,
}

console.log(`seed ${counts.seed}`)
const opened = await stacks[values.on as keyof typeof stacks]()
await using stack = await stores[values.store as keyof typeof stores](opened)
const options = { ...counts, stack }
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
  return refuse(`--${name} must be a whole number above 0`)
}

function refuse(text: string): never {
  console.error(text)
  process.exit(2)
}
