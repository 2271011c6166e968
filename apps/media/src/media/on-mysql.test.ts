import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./at-once.test.ts')
  await import('./content-changed-at.test.ts')
  await import('./degraded.test.ts')
  await import('./erase-file.test.ts')
  await import('./folder-tree.test.ts')
  await import('./house-store.test.ts')
  await import('./lifecycle.fuzz.test.ts')
  await import('./list-files.test.ts')
  await import('./privacy.test.ts')
  await import('./purge-file.test.ts')
  await import('./purge-plans.test.ts')
  await import('./quota.test.ts')
  await import('./receive-upload.test.ts')
  await import('./sharing/end-shares.test.ts')
  await import('./sharing/sharing.test.ts')
  await import('./sweep.test.ts')
  await import('./tell-tree.test.ts')
  await import('./trash-file.test.ts')
  await import('./trash-owned.test.ts')
}
