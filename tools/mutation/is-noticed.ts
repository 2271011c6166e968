import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutants.ts'
import type { Target } from './targets.ts'

const loader = new URL('load-mutant.ts', import.meta.url).href
/**
 * Whether the tests fail with the change. Without one they must pass: that is whether they can be believed. A change may turn in circles for ever:
 * what takes longer than `longestMs` is noticed too.
 */
export async function isNoticed({ file, tests }: Target, mutant: Mutant, longestMs = 600_000): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', loader, '--test', '--test-isolation=none', '--test-reporter=dot', ...tests], {
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
