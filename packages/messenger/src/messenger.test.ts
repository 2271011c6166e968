import assert from 'node:assert/strict'
import { it } from 'node:test'
import { z } from 'zod'
import { createMessenger, type Log, message, outgoing } from './index.ts'
import { handleInMemory, memoryTransport } from './memory/memory-transport.ts'
import { sqlTransport } from './sql/sql-transport.ts'

const transport = memoryTransport()
const resize = message('media.resize.v1', z.object({ width: z.int() }), { lane: 'low' })
const nothing = (contract: typeof resize) => handleInMemory(contract, async () => undefined)

it('refuses a wiring with all its problems in one message', () => {
  const unhandled = message('media.unhandled.v1', z.object({}), { lane: 'low' })
  const misnamed = message('MediaResize', z.object({}), { lane: 'lwo' })
  const unlisted = message('media.unlisted.v1', z.object({ width: z.int() }), { lane: 'low' })
  const build = () =>
    createMessenger({
      transport,
      needs: ['durable'],
      contracts: [resize, resize, unhandled, misnamed],
      handlers: [nothing(resize), nothing(resize), nothing(unlisted)],
      retry: { maxAttempts: 0, jitter: 2 },
      timeLimitMs: 2 ** 40,
    })
  assert.throws(build, {
    code: 'messenger.misconfigured',
    kind: 'invalid',
    message: `the messenger is not wired:
- the transport memory is not durable
- two contracts are named media.resize.v1
- MediaResize is no message name: use words and a version, as media.purge-file.v1
- MediaResize travels on lwo, which is no lane; there are high, low, external
- two handlers handle media.resize.v1
- media.unhandled.v1 has no handler
- MediaResize has no handler
- the handler of media.unlisted.v1 has no contract in the list
- retry.maxAttempts must be 1 or more
- retry.jitter must be between 0 and 1
- timeLimitMs must be 1 to 2147483647 ms`,
  })
})

it('refuses what cannot go to other systems', () => {
  const unlisted = message('media.unlisted.v1', z.object({}), { lane: 'low' })
  const form = () => ({ type: 'resize', body: {} })
  const sent = [outgoing(resize, form), outgoing(unlisted, form)]
  assert.throws(() => createMessenger({ transport, contracts: [resize], handlers: [nothing(resize)], outgoing: sent }), {
    code: 'messenger.misconfigured',
    message: `the messenger is not wired:
- the transport memory sends nothing to other systems
- media.resize.v1 goes to other systems and has a handler
- media.unlisted.v1 goes to other systems and is not in the list of contracts`,
  })
})

it('refuses a worker that could not work', () => {
  const messenger = createMessenger({ transport, contracts: [resize], handlers: [nothing(resize)] })
  assert.throws(() => messenger.worker({ lanes: { lwo: { slots: 0, weight: 0 } }, leaseMs: 0 }), {
    code: 'messenger.misconfigured',
    message: `the worker is not set up:
- lwo is no lane; there are high, low, external
- the lane lwo needs slots, 1 or more
- the lane lwo needs a weight of 1 or more
- slots must be 1 or more
- leaseMs must be 1 or more`,
  })
  assert.throws(() => messenger.worker({ lanes: {} }), /a worker needs a lane/)
})

it('lets a process dispatch without handlers, but not work', async () => {
  const messenger = createMessenger({ transport: memoryTransport(), contracts: [resize] })
  assert.throws(() => messenger.worker(), /this messenger has no handlers/)
})

it('refuses an engine the SQL transport does not speak', () => {
  const database = { dialect: 'oracle' } as Parameters<typeof sqlTransport>[0]
  assert.throws(() => sqlTransport(database), /speaks sqlite, mysql, not oracle/)
})

it('refuses a dispatch with a wrong payload, an unknown contract or wrong options, and stages nothing', async () => {
  const own = memoryTransport()
  const messenger = createMessenger({ transport: own, contracts: [resize] })
  const dispatching = (dispatch: (outbox: ReturnType<typeof messenger.outbox>) => Promise<unknown>) =>
    own.transaction((tx) => dispatch(messenger.outbox(tx)))
  const twin = message('media.resize.v1', z.object({ width: z.int() }), { lane: 'low' })
  const payload = { width: 1 }
  const refusals: [string, RegExp, () => Promise<unknown>][] = [
    ['payload_refused', /width: Invalid input/, () => dispatching((outbox) => outbox.dispatch(resize, JSON.parse('{"width":"1"}')))],
    ['payload_refused', /is not JSON/, () => dispatching((outbox) => outbox.dispatch(resize, JSON.parse('{}').nothing))],
    ['not_routed', /not among/, () => dispatching((outbox) => outbox.dispatch(twin, payload))],
    ['bad_option', /delay is no option/, () => dispatching((outbox) => outbox.dispatch(resize, payload, JSON.parse('{"delay":5}')))],
    ['bad_option', /delayMs must be/, () => dispatching((outbox) => outbox.dispatch(resize, payload, { delayMs: -1 }))],
    ['bad_option', /dueAt must be/, () => dispatching((outbox) => outbox.dispatch(resize, payload, { dueAt: 0.5 }))],
    ['bad_option', /exclude/, () => dispatching((outbox) => outbox.dispatch(resize, payload, JSON.parse('{"delayMs":1,"dueAt":1}')))],
    ['bad_option', /dedupeKey must be/, () => dispatching((outbox) => outbox.dispatch(resize, payload, { dedupeKey: '' }))],
    ['bad_option', /lwo is no lane/, () => dispatching((outbox) => outbox.dispatch(resize, payload, { lane: 'lwo' }))],
  ]
  for (const [code, text, dispatch] of refusals) await assert.rejects(dispatch, { code: `messenger.${code}`, message: text })
  assert.deepEqual((await messenger.schedule.list()).items, [])
})

it('checks what will be read, not what was given: a Date is a string in JSON', async () => {
  const own = memoryTransport()
  const remind = message('demo.remind.v1', z.object({ at: z.date() }), { lane: 'low' })
  const messenger = createMessenger({ transport: own, contracts: [remind] })
  const dispatch = own.transaction((tx) => messenger.outbox(tx).dispatch(remind, { at: new Date(0) }))
  await assert.rejects(dispatch, { code: 'messenger.payload_refused' })
})

it('gives the handler what the schema makes of the payload', async () => {
  const own = memoryTransport()
  const remind = message('demo.remind.v1', z.object({ at: z.coerce.date(), times: z.int().default(3) }), { lane: 'low' })
  const seen: unknown[] = []
  const handlers = [handleInMemory(remind, async ({ payload }) => seen.push(payload))]
  const messenger = createMessenger({ transport: own, contracts: [remind], handlers })
  await own.transaction((tx) => messenger.outbox(tx).dispatch(remind, { at: '1970-01-01T00:00:00Z' }))
  await messenger.worker().runOnce()
  assert.deepEqual(seen, [{ at: new Date(0), times: 3 }])
})

it('does not take a message for handled when the surroundings forget to run the handler', async () => {
  const own = memoryTransport()
  const messenger = createMessenger({ transport: own, contracts: [resize], handlers: [nothing(resize)], around: async () => undefined })
  const id = await own.transaction((tx) => messenger.outbox(tx).dispatch(resize, { width: 1 }))
  await messenger.worker().runOnce()
  assert.match((await messenger.schedule.show(id))?.lastError ?? '', /around did not run the handler/)
})

it('logs what became of each delivery, with the ids of its story', async () => {
  const lines: string[] = []
  const write = (level: string) => (fields: object, text: string) =>
    lines.push(`${level} ${text} ${JSON.stringify(fields, ['message_name', 'correlation_id', 'attempt'])}`)
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const own = memoryTransport()
  const failing = handleInMemory(resize, async ({ payload }) => {
    if (payload.width === 0) throw new Error('no picture is that narrow')
  })
  const stamp = () => ({ correlationId: 'story-1' })
  const messenger = createMessenger({ transport: own, contracts: [resize], handlers: [failing], retry: { maxAttempts: 1 }, stamp, log })
  for (const width of [1, 0]) await own.transaction((tx) => messenger.outbox(tx).dispatch(resize, { width }))
  await messenger.worker().runOnce()
  const ids = '{"message_name":"media.resize.v1","correlation_id":"story-1","attempt":1}'
  assert.deepEqual(lines, [`info message handled ${ids}`, `error message failed for good ${ids}`])
})
