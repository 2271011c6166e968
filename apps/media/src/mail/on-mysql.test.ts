import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./notices.test.ts')
}
