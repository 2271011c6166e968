import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of the search that need a database.
if (chooseMysql()) {
  await import('./reindex.test.ts')
  await import('./search-files.test.ts')
}
