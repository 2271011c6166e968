import { onEachEngine } from '@holdfast/database/testing/mysql'
import { testTransport } from '../testing/contract.ts'
import { type SqlTransaction, sqlTransport } from './sql-transport.ts'
import { openOnEngine } from './test-place.ts'

onEachEngine((engine) => {
  testTransport<SqlTransaction>({
    name: `SQL on ${engine.name}`,
    capabilities: ['durable', 'shared', 'ordered'],
    open: (clock) => openOnEngine(engine, clock, sqlTransport),
  })
})
