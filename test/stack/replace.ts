/** `replace.ts ENV URL [--per-second 100] [--seconds 60]`: replaces the containers of a stack while requests go on, and tells what became of them; exit 1 where one failed. */

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { steadyLoad } from '../rolling/steady-load.ts'
import { openStack } from './stack.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'per-second': { type: 'string', default: '100' }, seconds: { type: 'string', default: '60' } },
})
const stack = openStack(positionals)
const load = steadyLoad(stack.url, await stack.apiKey('replace'), Number(values['per-second']))
const atLeast = pause(Number(values.seconds) * 1_000)
await stack.make('replace')
await atLeast
const { requests, perSecond, failed, tookMs } = await load.end()
console.log(`${requests} requests, ${perSecond.toFixed(1)} a second, ${failed.length} failed`)
console.log(`half within ${tookMs.p50} ms, 99 of 100 within ${tookMs.p99} ms, longest ${tookMs.longest} ms`)
for (const failure of failed.slice(0, 20)) console.error(failure)
if (failed.length > 0) process.exitCode = 1
