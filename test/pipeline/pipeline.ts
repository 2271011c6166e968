/**
 * Runs the script lines of bitbucket-pipelines.yml, as they stand there, in a clean clone of what is committed:
 * `node test/pipeline/pipeline.ts [--without LINE]…`. Ends with a table of the lines, and with 1 where one failed.
 * `--without` leaves a line out, which the table says.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from '../../tools/servers/run-command.ts'
import { providers } from './provider-files.ts'
import { type RunLine, runLines } from './run-lines.ts'

const { values } = parseArgs({ options: { without: { type: 'string', multiple: true, default: [] } } })
const file = 'bitbucket-pipelines.yml'
const pipeline = providers[file]?.(file)
if (pipeline === undefined) throw new Error(`${file} is not there`)
const unknown = values.without.filter((line) => !pipeline.steps.includes(line))
if (unknown.length > 0) throw new Error(`${file} has no line ${unknown.join(', ')}`)

const folder = await mkdtemp(join(tmpdir(), 'holdfast-clone-'))
await runCommand('git', ['clone', '--quiet', '--no-local', process.cwd(), folder])
const place = { folder, environment: { CI: 'true', ...pipeline.environment }, hear: (text: string) => console.log(text) }
const chosen = pipeline.steps.filter((line) => !values.without.includes(line))
const ran = [...(await runLines(chosen, place)), ...(await runLines(pipeline.always, place))]
await rm(folder, { recursive: true, force: true })

console.log(`\n${file}, in a clean clone:`)
for (const one of ran) console.log(row(one))
for (const line of values.without) console.log(`  left out  ${line}`)
process.exitCode = ran.every(({ status }) => status === 0) ? 0 : 1

function row({ line, status, seconds }: RunLine): string {
  if (status === undefined) return `- ${'not begun'.padStart(8)}  ${line}`
  return `${status === 0 ? '✓' : '✗'} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${line}${status === 0 ? '' : `: exit ${status}`}`
}
