import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutants.ts'
import type { Target } from './targets.ts'

const loader = new URL('load-mutant.ts', import.meta.url).href
/** A change may turn in circles for ever: that is noticed too. */
const longestMs = 30_000

/** Whether the tests fail with the change. Without one they must pass: that is whether they can be believed. */
export async function isNoticed({ file, tests }: Target, mutant: Mutant): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', loader, '--test', '--test-reporter=dot', ...tests], {
    // A test of this is a test of its own.
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      HOLDFAST_MUTANT: JSON.stringify({ url: pathToFileURL(resolve(file)).href, mutant }),
    },
    stdio: 'ignore',
    timeout: longestMs,
    killSignal: 'SIGKILL',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code !== 0
}
