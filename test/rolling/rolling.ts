/**
 * `rolling.ts [--per-second 100] [--seconds 60]`: replaces two processes behind nginx and a worker, one after the other, while requests go on. Prints what became of them; exit 1
 * where one failed.
 */
import { parseArgs } from 'node:util'
import { provideNginx } from '../../tools/servers/nginx.ts'
import { replaceProcesses } from './replace-processes.ts'

const { values } = parseArgs({
  options: { 'per-second': { type: 'string', default: '100' }, seconds: { type: 'string', default: '60' } },
})
const { failed, exits, requests, perSecond, tookMs } = await replaceProcesses({
  nginx: process.env['HOLDFAST_TEST_NGINX_PATH'] ?? (await provideNginx()),
  databaseServer: process.env['HOLDFAST_TEST_MYSQL_URL'],
  perSecond: Number(values['per-second']),
  forMs: Number(values.seconds) * 1_000,
})
const ended = exits.map(({ code, signal }) => code ?? signal).join(', ')
console.log(`${requests} requests, ${perSecond.toFixed(1)} a second, ${failed.length} failed; replaced processes ended with ${ended}`)
console.log(`half within ${tookMs.p50} ms, 99 of 100 within ${tookMs.p99} ms, longest ${tookMs.longest} ms`)
for (const failure of failed.slice(0, 20)) console.error(failure)
if (failed.length > 0 || exits.some(({ code }) => code !== 0)) process.exitCode = 1
