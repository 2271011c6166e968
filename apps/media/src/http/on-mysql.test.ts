import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of this room that need a database.
if (chooseMysql()) {
  await import('./content.test.ts')
  await import('./journey.test.ts')
  await import('./live.test.ts')
  await import('./message-routes.test.ts')
  await import('./openapi.test.ts')
  await import('./preconditions.test.ts')
  await import('./problems.test.ts')
  await import('./publishing.test.ts')
  await import('./rate-limits.test.ts')
  await import('./remembered-page.test.ts')
  await import('./search.test.ts')
  await import('./slow-clients.test.ts')
  await import('./subscriptions.test.ts')
  await import('./thumbnails.test.ts')
  await import('./uploads.test.ts')
}
