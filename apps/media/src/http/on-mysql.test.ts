import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./content.test.ts')
  await import('./journey.test.ts')
  await import('./message-routes.test.ts')
  await import('./openapi.test.ts')
  await import('./problems.test.ts')
  await import('./slow-clients.test.ts')
  await import('./subscriptions.test.ts')
  await import('./uploads.test.ts')
}
