import { fileURLToPath } from 'node:url'
import type { Finding, Gate } from './gate.ts'
import { runTool } from './run-tool.ts'

export const unused: Gate = {
  name: 'unused',
  holds: 'no file, export or dependency that nobody uses, also when the tests do not count (knip)',
  async check() {
    const everything = await analyse([])
    const production = await analyse(['--production', '--strict'])
    return {
      files: Math.min(everything.files, production.files),
      problems: [...everything.problems, ...production.problems.map((problem) => `Without the tests:\n${problem}`)],
    }
  },
}

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

async function analyse(mode: readonly string[]): Promise<Finding> {
  const settings = ['--config', beside('knip-config.ts'), '--reporter', 'symbols', '--reporter', beside('knip-count.ts')]
  const { ok, output } = await runTool('knip', [...mode, '--no-progress', '--no-config-hints', ...settings])
  return { files: Number(/Analysed (\d+) files/.exec(output)?.[1] ?? 0), problems: ok ? [] : [output.trim()] }
}
