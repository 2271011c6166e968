import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

test('the demo goes from log-in to receipt and story as promised', { timeout: 120_000 }, async () => {
  const program = fileURLToPath(new URL('demo.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.equal(code, 0, `${output}\n${errors}`)
  assert.match(output, /image, [\d,]+ bytes/)
  assert.match(output, /document, [\d,]+ bytes/)
  assert.match(output, /video, [\d,]+ bytes/)
  assert.match(output, /verify-receipt receipt\.json: genuine/)
  assert.match(output, /All of it as promised\./)
})
