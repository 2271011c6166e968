import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container } from './container.ts'
import { edgeRows } from './edge-rows.ts'
import { exceptions, reasonToBear } from './exceptions.ts'
import { imageRows } from './image-rows.ts'
import { runRows } from './run-rows.ts'

const ours = (environment: string) =>
  ({ service: 'app', isOurs: true, Config: { Env: [`APP_ENV=${environment}`] } }) as unknown as Container

test('what is borne of an image for work is not borne of one that serves', () => {
  const row = 'nothing that runs as another user'
  for (const environment of ['dev', 'test']) assert.match(reasonToBear(row, ours(environment)) ?? '', /^in dev and test/)
  for (const environment of ['staging', 'prod']) assert.equal(reasonToBear(row, ours(environment)), undefined)
  assert.equal(reasonToBear('read-only root', ours('dev')), undefined)
})

test('each exception is from a row that there is', () => {
  const rows = [...imageRows, ...runRows, ...edgeRows].map(({ name }) => name)
  assert.deepEqual(
    exceptions.filter(({ row }) => !rows.includes(row)),
    [],
  )
})
