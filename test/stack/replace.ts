/**
 * `replace.ts ENV URL [--per-second 100] [--seconds 60]`: replaces the containers of a stack while requests go on, and tells what became of them; exit 1
 * where one failed. It is a stack in use that is replaced: for 30 s before it, it has half of the load, and none of that may fail either.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { steadyLoad } from '../rolling/steady-load.ts'
import { openStack } from './stack.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'per-second': { type: 'string', default: '100' }, seconds: { type: 'string', default: '60' } },
})
const stack = openStack(positionals)
const apiKey = await stack.apiKey('replace')
const perSecondAsked = Number(values['per-second'])
const warmUp = steadyLoad(stack.url, apiKey, perSecondAsked / 2)
await pause(30_000)
const before = await warmUp.end()
const load = steadyLoad(stack.url, apiKey, perSecondAsked)
const atLeast = pause(Number(values.seconds) * 1_000)
await stack.make('replace')
await atLeast
const { requests, perSecond, tookMs, ...during } = await load.end()
const failed = [...before.failed, ...during.failed]
console.log(`${requests} requests, ${perSecond.toFixed(1)} a second, ${failed.length} failed`)
console.log(`half within ${tookMs.p50} ms, 99 of 100 within ${tookMs.p99} ms, longest ${tookMs.longest} ms`)
for (const failure of failed.slice(0, 20)) console.error(failure)
if (failed.length > 0) process.exitCode = 1
