import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Database as OurDatabase } from '@holdfast/database'
import { z } from 'zod'
import { type DeliveryTransaction, type Handler, handle, message, type Outbox } from './index.ts'
import type { Database } from './sql/sql-transport.ts'

const resize = message('media.resize.v1', z.object({ width: z.int(), at: z.coerce.date<string>().optional() }), { lane: 'low' })

/** Never called: the compiler is the test. Each line that must not compile fails the type check when it does. */
export const compileOnly = (outbox: Outbox, database: OurDatabase) => [
  () => outbox.dispatch(resize, { width: 1 }),
  () => outbox.dispatch(resize, { width: 1, at: '2030-01-01' }, { delayMs: 5, lane: 'high', dedupeKey: 'key', notAfter: 9 }),
  // @ts-expect-error a payload without its field
  () => outbox.dispatch(resize, {}),
  // @ts-expect-error a field of the wrong type
  () => outbox.dispatch(resize, { width: '1' }),
  // @ts-expect-error a field the contract does not know
  () => outbox.dispatch(resize, { width: 1, height: 2 }),
  // @ts-expect-error what the handler gets is not what is dispatched
  () => outbox.dispatch(resize, { width: 1, at: new Date(0) }),
  // @ts-expect-error an option without its unit
  () => outbox.dispatch(resize, { width: 1 }, { delay: 5 }),
  // @ts-expect-error two answers to one question
  () => outbox.dispatch(resize, { width: 1 }, { delayMs: 5, dueAt: 5 }),
  // @ts-expect-error a Date where an instant is wanted
  () => outbox.dispatch(resize, { width: 1 }, { dueAt: new Date(0) }),
  // @ts-expect-error a message without a lane
  () => message('media.resize.v1', z.object({}), {}),
  // @ts-expect-error the payload has no such field
  () => handle(resize, async ({ payload }) => payload.height),
  // @ts-expect-error an option without its unit
  () => handle(resize, async () => undefined, { timeLimit: 5 }),
  (): Handler =>
    handle(resize, async ({ payload, commit }) =>
      commit(async (tx: DeliveryTransaction) => payload.at?.getTime() ?? tx.sql.all('SELECT 1')),
    ),
  (): Database => database,
]

it('is checked by the compiler', () => {
  assert.equal(typeof compileOnly, 'function')
})
