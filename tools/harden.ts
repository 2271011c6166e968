/**
 * Checks what confines the containers that are named, `node tools/harden.ts ID…`: a line for each row and container, `pass`, `FAIL` or
 * `borne` with the reason. Ends with `N passed, N failed, N borne`, and with 1 where one failed.
 */

import { type Container, inspectContainers } from './harden/container.ts'
import { edgeRows } from './harden/edge-rows.ts'
import { reasonToBear } from './harden/exceptions.ts'
import { imageRows } from './harden/image-rows.ts'
import type { Row } from './harden/row.ts'
import { runRows } from './harden/run-rows.ts'

const ids = process.argv.slice(2)
if (ids.length === 0) {
  console.error('No container was named: start the stack first')
  process.exit(2)
}

const counts = { pass: 0, FAIL: 0, borne: 0 }
for (const container of await inspectContainers(ids)) {
  console.log(`\n${container.service} (${container.Config.Image})`)
  for (const row of [...imageRows, ...runRows, ...edgeRows]) if (row.of?.(container) ?? true) await tell(row, container)
}
console.log(`\n${counts.pass} passed, ${counts.FAIL} failed, ${counts.borne} borne`)
process.exitCode = counts.FAIL > 0 ? 1 : 0

async function tell(row: Row, container: Container): Promise<void> {
  const problem = await Promise.try(() => row.check(container)).catch((error: unknown) => `it could not be asked: ${String(error)}`)
  const reason = reasonToBear(row.name, container)
  const outcomeOfProblem = reason === undefined ? 'FAIL' : 'borne'
  const outcome = problem === undefined ? 'pass' : outcomeOfProblem
  counts[outcome] += 1
  const why = { pass: '', FAIL: `: ${problem}`, borne: `: ${reason}` }[outcome]
  console.log(`  ${outcome.padEnd(5)} ${row.name}${why}`)
}
