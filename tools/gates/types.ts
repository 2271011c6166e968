import type { Gate } from './gate.ts'
import { runTool } from './run-tool.ts'

export const types: Gate = {
  name: 'types',
  holds: 'the strictest TypeScript',
  async check() {
    const { ok, output } = await runTool('tsc', ['-p', '.', '--pretty', 'false', '--listFiles'])
    const [listed, told] = [/^\/.*\.[cm]?ts$/, /node_modules/]
    const lines = output.trim().split('\n')
    const files = lines.filter((line) => listed.test(line) && !told.test(line)).length
    const problems = lines.filter((line) => !listed.test(line))
    return { files, problems: ok ? [] : problems }
  },
}
