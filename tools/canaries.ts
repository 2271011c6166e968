/**
 * Looks for each secret of a stack that runs where it must not be: `node tools/canaries.ts URL ID…`, with what `holdfast api-keys create --json`
 * printed on its input. Each is random and long, so it is its own canary; the API key is used first. Ends with `N passed, N failed`, and with 1 where one was found.
 */
import { json } from 'node:stream/consumers'
import { findInStream } from './canaries/find-in-stream.ts'
import { places, printed } from './canaries/places.ts'
import { inspectContainers } from './harden/container.ts'
import { secretsOf } from './harden/secret-values.ts'

const [url = '', ...ids] = process.argv.slice(2)
const { id, key } = (await json(process.stdin)) as { readonly id: string; readonly key: string }
const send = (path: string, method = 'GET') => fetch(url + path, { method, headers: { authorization: `Bearer ${key}` } })
const { status } = await send('/v1/files')
if (status !== 200) throw new Error(`the API key was answered with ${status}`)

const containers = await inspectContainers(ids)
const secrets = new Map<string, ReadonlySet<string>>()
for (const container of containers)
  for (const { name, values } of await secretsOf(container)) secrets.set(name, new Set([...(secrets.get(name) ?? []), ...values]))
secrets.set('an API key', new Set([key]))

const planted = [...secrets].filter(([, values]) => values.size > 0)
const words = planted.flatMap(([, values]) => [...values])
console.log(`${planted.length} secrets: ${planted.map(([name]) => name).join(', ')}`)
console.log(
  `without a value of their own here: ${[...secrets.keys()].filter((name) => !planted.some(([one]) => one === name)).join(', ') || 'none'}`,
)
if (words.length === 0) throw new Error('this stack has no secret to look for')

let failed = 0
const searched = places('.', containers)
for (const { name, control, command } of searched) {
  const found = await findInStream(printed(command), [control, ...words])
  const leaked = planted.filter(([, values]) => [...values].some((value) => found.has(value))).map(([secret]) => secret)
  const problems = [...(found.has(control) ? [] : ['nothing was seen there']), ...leaked.map((secret) => `holds ${secret}`)]
  if (problems.length > 0) failed += 1
  console.log(`  ${problems.length > 0 ? 'FAIL' : 'pass'}  ${name}${problems.length > 0 ? `: ${problems.join(', ')}` : ''}`)
}
await send(`/v1/api-keys/${id}`, 'DELETE')
console.log(`\n${searched.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
