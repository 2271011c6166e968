import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { createMetrics } from '../../apps/media/src/http/metrics.ts'

const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

/** One of everything that is counted. */
async function renderAll(): Promise<string> {
  const counts = { lane: 'low', waiting: 0, dispatched: 0, delayed: 0, running: 0, failed: 0, handledLastMinute: 0 }
  const instants = { oldestWaitingAt: null, oldestRunningAt: null, oldestFailedAt: null, nextDueAt: null }
  const metrics = createMetrics(async () => [{ ...counts, ...instants }], Date.now)
  metrics.observeRequest({ method: 'GET', route: '/livez', status: 200, durationMs: 1 })
  metrics.observeDelivery({ name: 'some', lane: 'low', outcome: 'handled', latenessMs: 1, durationMs: 1 })
  metrics.callsOf('some')({ call: 'some', outcome: 'done', durationMs: 1 })
  metrics.observeCircuit('some', false)
  metrics.observeLookup(true)
  metrics.countDegraded()
  metrics.watchListeners(() => 1)
  return metrics.render()
}

/** Of a series of this metric, without those that a histogram adds. */
function labelsOf(text: string, metric: string): string[] {
  const [, labels = ''] = new RegExp(`^${metric}(?:_bucket|)\\{(.*)\\} `, 'm').exec(text) ?? []
  return [...labels.matchAll(/(\w+)="/g)].flatMap(([, name = '']) => (name === 'le' ? [] : [name])).toSorted()
}

test('docs/metrics.md has a row for each metric, as the code has it, and no other', async () => {
  const text = await renderAll()
  const rows = [...text.matchAll(/^# HELP (holdfast_\w+) (.*)\n# TYPE \w+ (\w+)$/gm)].map(([, name = '', help, type]) => {
    const labels = labelsOf(text, name).map((label) => `\`${label}\``)
    return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`
  })
  assert.ok(rows.length > 10)
  const documented = page.split('\n').filter((line) => line.startsWith('| `holdfast_'))
  assert.deepEqual(documented.toSorted(), rows.toSorted())
})
