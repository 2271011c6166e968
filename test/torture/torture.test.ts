import { test } from 'node:test'
import { openEmbedded } from './stacks.ts'
import { survive } from './test-survival.ts'

test('nothing that was acknowledged is lost, altered, doubled or purged early while processes are killed', async (t) => {
  await using stack = await openEmbedded()
  await survive(t, { stack, kills: 12, operations: 800 })
})
