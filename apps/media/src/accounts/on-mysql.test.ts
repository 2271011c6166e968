import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./api-keys.test.ts')
  await import('./authenticate.test.ts')
  await import('./first-run.test.ts')
  await import('./house-key.test.ts')
  await import('./log-in.test.ts')
  await import('./own-account.test.ts')
  await import('./password-reset.test.ts')
  await import('./refresh-session.test.ts')
  await import('./remove-user.test.ts')
  await import('./sessions.test.ts')
  await import('./users.test.ts')
}
