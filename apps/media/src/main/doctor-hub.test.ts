import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestHub } from '../http/test-hub-server.ts'
import { testSecret } from '../live/testing/test-hub.ts'
import { parseConfig } from './config.ts'
import { diagnose } from './doctor.ts'

test('the doctor says what is wrong with a hub and how to mend it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'))
  t.after(() => rm(folder, { recursive: true }))
  await using started = await startTestHub(t)
  const { url } = started.hub
  const right = { MERCURE_URL: url, MERCURE_JWT_SECRET: testSecret }
  const findingOf = async (settings: Record<string, string>) => {
    const findings = await diagnose(parseConfig({ APP_ENV: 'test', DATA_DIR: folder, ...settings }))
    return findings.find(({ part }) => part === 'hub')
  }
  assert.equal(await findingOf({}), undefined)
  assert.deepEqual(await findingOf(right), { part: 'hub', ok: true, detail: 'took a probe' })
  const wrong: [Record<string, string>, RegExp, RegExp][] = [
    [{ MERCURE_JWT_SECRET: 'another secret, that is as long as it' }, /does not accept our token/, /MERCURE_JWT_SECRET/],
    [{ MERCURE_PROTOCOL: '0.x' }, /does not accept our token/, /MERCURE_PROTOCOL/],
    [{ MERCURE_URL: new URL('/elsewhere', url).href }, /is not at this URL/, /MERCURE_URL, that it ends/],
    [{ MERCURE_URL: 'http://127.0.0.1:9/hub' }, /cannot be reached/, /this machine reaches it/],
  ]
  for (const [settings, detail, mend] of wrong) {
    const finding = await findingOf({ ...right, ...settings })
    assert.equal(finding?.ok, false)
    assert.match(finding?.detail ?? '', detail)
    assert.match(finding?.mend ?? '', mend)
  }
})
