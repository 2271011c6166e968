import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNoBroker } from '../../tools/servers/broker.ts'
import { whyNoDatabase } from '../../tools/servers/database.ts'
import type { Fault } from '../faults/fault.ts'
import { openStack, type Stack } from './stacks.ts'
import { survive } from './test-survival.ts'

test('on a database and a broker nothing that was acknowledged is lost while these are killed too', {
  skip: (await whyNoDatabase()) || (await whyNoBroker()),
}, async (t) => {
  await using opened = await openStack()
  // What a wiped broker lost is missed after minutes: that is for the long form.
  const [halfway, faults] = [named(opened, 'kill the database'), [named(opened, 'kill the broker')]]
  const { strikes } = await survive(t, { stack: { ...opened, faults, halfway }, kills: 6, operations: 300 })
  assert.equal(strikes.times.size, 2, 'both died')
})

function named({ faults }: Stack, name: string): Fault {
  return faults.find((fault) => fault.name === name) ?? assert.fail(`there is no fault that is called ${name}`)
}
