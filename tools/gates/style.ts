import type { Gate } from './gate.ts'
import { runTool } from './run-tool.ts'

export const style: Gate = {
  name: 'style',
  holds: 'format, lint, complexity, length and parameters of functions, length of files (Biome)',
  async check() {
    const { ok, output } = await runTool('biome', ['ci', '--error-on-warnings', '--max-diagnostics=50', '--colors=off'])
    const files = Number(/Checked (\d+) files?/.exec(output)?.[1] ?? 0)
    return { files, problems: ok ? [] : [output.trim()] }
  },
}
