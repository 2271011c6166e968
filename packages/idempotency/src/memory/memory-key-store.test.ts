import { testKeyStore } from '../testing/key-store-contract.ts'
import { createMemoryKeyStore } from './memory-key-store.ts'

testKeyStore('memory', async () => {
  const store = createMemoryKeyStore()
  const notes: string[] = []
  return {
    store,
    transaction: store.transaction,
    async note(tx, text) {
      notes.push(text)
      tx.onRollback(() => notes.splice(notes.lastIndexOf(text), 1))
    },
    notes: async () => [...notes],
    close: async () => {},
  }
})
