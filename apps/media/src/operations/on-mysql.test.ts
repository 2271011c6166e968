import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./audit-chain.test.ts')
  await import('./lease.test.ts')
  await import('./prune-requests.test.ts')
  await import('./story.test.ts')
}
