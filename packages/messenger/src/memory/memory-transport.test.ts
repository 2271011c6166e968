import { type OpenedTransport, testTransport } from '../testing/contract.ts'
import { type MemoryTransaction, memoryTransport } from './memory-transport.ts'

testTransport<MemoryTransaction>({
  name: 'memory',
  capabilities: ['ordered'],
  open: async (clock) => {
    const effects: string[] = []
    const opened: OpenedTransport<MemoryTransaction> = {
      transport: memoryTransport({ clock: () => clock.now }),
      effect: async (tx, name) => tx.afterCommit(() => effects.push(name)),
      effects: async () => effects,
      again: async () => opened,
      close: async () => undefined,
    }
    return opened
  },
})
