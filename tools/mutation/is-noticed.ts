import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Mutant } from './mutants.ts'
import type { Target } from './targets.ts'

const loader = new URL('load-mutant.ts', import.meta.url).href
const tester = fileURLToPath(new URL('until-failure.ts', import.meta.url))

/**
 * Whether the tests fail with the change. Without one they must pass: that is whether they can be believed. A change may turn in circles for ever:
 * what takes longer than `longestMs` is noticed too.
 */
export async function isNoticed({ file, tests }: Pick<Target, 'file' | 'tests'>, mutant: Mutant, longestMs = 600_000): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', loader, tester, ...Object.keys(tests).map((test) => resolve(test))], {
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
