import type { Gate } from './gate.ts'
import { runTool } from './run-tool.ts'

export const promises: Gate = {
  name: 'promises',
  holds: 'no floating or misused promise, no value of type any, blocks not too deep, and other rules (oxlint)',
  async check() {
    const { ok, output } = await runTool('oxlint', ['--type-aware', '--deny-warnings', '--format=default'])
    const files = Number(/on (\d+) files?/.exec(output)?.[1] ?? 0)
    return { files, problems: ok ? [] : [output.trim()] }
  },
}
