import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, Gate } from './gate.ts'
import { runTool } from './run-tool.ts'

export const copies: Gate = {
  name: 'copies',
  holds: 'at most 1 % of the lines are copies (jscpd; .jscpd.json)',
  async check() {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-copies-'))
    try {
      const { ok, output } = await runTool('jscpd', ['.', '--reporters', 'json,console', '--output', folder])
      return finding(ok, output, JSON.parse(await readFile(join(folder, 'jscpd-report.json'), 'utf8')) as Report)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

interface Report {
  readonly statistics: { readonly total: { readonly sources: number; readonly percentage: number } }
}

function finding(ok: boolean, output: string, { statistics: { total } }: Report): Finding {
  return { files: total.sources, problems: ok ? [] : [`${total.percentage.toFixed(2)} % of the lines are copies\n${output.trim()}`] }
}
