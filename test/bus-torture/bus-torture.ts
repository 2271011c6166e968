/**
 * `bus-torture.ts [--on embedded|stack|cluster] [--messages 100000] [--per-second 400] [--strikes 100] [--pause-ms 2000] [--seed N]`: lets
 * everything around the bus go wrong while it works, then compares what was said with what took effect. Exit 1 where anything was found.
 */
import { parseArgs } from 'node:util'
import { runBusTorture } from './run-bus-torture.ts'
import { openCluster, openEmbedded, openStack } from './stacks.ts'
import { busSummary, isClean } from './summary.ts'

const stacks = { embedded: openEmbedded, stack: openStack, cluster: openCluster }

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'embedded' },
    messages: { type: 'string', default: '100000' },
    'per-second': { type: 'string', default: '400' },
    strikes: { type: 'string', default: '100' },
    'pause-ms': { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
if (!(values.on in stacks)) refuse(`--on must be one of ${Object.keys(stacks).join(', ')}`)

await using stack = await stacks[values.on as keyof typeof stacks]()
const options = {
  ...stack,
  messages: count('messages'),
  perSecond: count('per-second'),
  strikes: count('strikes'),
  pauseMs: count('pause-ms'),
  seed: count('seed'),
  settleWithinMs: 5 * 60_000,
}
const result = await runBusTorture(options)
for (const line of busSummary(options, result)) console.log(line)
if (!isClean(result)) process.exitCode = 1

function count(name: Exclude<keyof typeof values, 'on'>): number {
  const text = values[name]
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  return refuse(`--${name} must be a whole number above 0`)
}

function refuse(text: string): never {
  console.error(text)
  process.exit(2)
}
