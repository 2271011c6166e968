import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./clear-dead.test.ts')
  await import('./hub.test.ts')
  await import('./revalidation.test.ts')
  await import('./update-log.test.ts')
}
