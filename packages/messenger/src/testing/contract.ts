import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Capability, createMessenger, type Transaction } from '../index.ts'
import { deliveryContract } from './delivery-contract.ts'
import { failureContract } from './failure-contract.ts'
import { leaseContract } from './lease-contract.ts'
import { echo, handling, never, note, openScene, type TransportUnderTest } from './scene.ts'
import { storeContract } from './store-contract.ts'
import { workerContract } from './worker-contract.ts'

export type { OpenedTransport, TestClock, TransportUnderTest } from './scene.ts'

const capabilities: readonly Capability[] = ['durable', 'shared', 'ordered']

/**
 * What every transport promises, as tests of node:test. A capability that is not declared is tested to be refused at start, so no part of
 * the suite is passed over in silence.
 */
export function testTransport<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  describe(`${under.name} keeps the contract of a transport`, () => {
    it('has the capabilities it declares', async () => {
      await using scene = await openScene(under)
      assert.deepEqual([...scene.transport.capabilities].toSorted(), under.capabilities.toSorted())
    })

    for (const lacking of capabilities.filter((capability) => !under.capabilities.includes(capability))) {
      it(`is refused at start where it must be ${lacking}`, async () => {
        await using scene = await openScene(under)
        const options = { transport: scene.transport, contracts: [note, echo], handlers: handling<Tx>(never), needs: [lacking] }
        assert.throws(() => createMessenger(options), { code: 'messenger.misconfigured', message: new RegExp(`is not ${lacking}`) })
      })
    }

    describe('delivery', () => deliveryContract(under))
    describe('failure', () => failureContract(under))
    describe('leases', () => leaseContract(under))
    describe('worker', () => workerContract(under))
    describe('stores', () => storeContract(under))
  })
}
