import { test } from 'node:test'
import { openTestIndex } from '../../apps/media/src/media/testing/test-index.ts'
import { startNginx } from '../../tools/servers/nginx.ts'
import { chooseGround, type Ground } from './ground.ts'
import { makeContainer } from './own-container.ts'
import { chooseStack, takeStack } from './stack.ts'

const redis = process.env['HOLDFAST_TEST_REDIS_URL']
const azure = process.env['HOLDFAST_TEST_AZURE_BLOB_URL']
const elasticsearch = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL']
const mail = process.env['HOLDFAST_TEST_SMTP_URL']
const nginx = process.env['HOLDFAST_TEST_NGINX_PATH']

/**
 * From here on houses of this process stand on a database, a broker and whatever else there is: Redis, Azure, Elasticsearch, a mail server, and nginx
 * in front of all of it, each missing one with a test that says so. False where there is no database or no broker.
 */
export function chooseWholeStack(): boolean {
  if (!chooseStack()) return false
  const parts = { REDIS_URL: redis, AZURE_BLOB_URL: azure, ELASTICSEARCH_URL: elasticsearch, SMTP_URL: mail, NGINX_PATH: nginx }
  for (const [part, address] of Object.entries(parts)) {
    if (address === undefined) test(`with ${part}`, { skip: `no HOLDFAST_TEST_${part}` })
  }
  chooseGround(takeWholeStack)
  return true
}

async function takeWholeStack(): Promise<Ground> {
  await using opened = new AsyncDisposableStack()
  const stack = opened.use(await takeStack())
  const container = azure === undefined ? undefined : opened.use(await makeContainer(azure))
  const index = elasticsearch === undefined ? undefined : openTestIndex()
  if (index !== undefined) opened.defer(index.remove)
  const settings = {
    ...(redis !== undefined && { REDIS_URL: redis }),
    ...container?.settings,
    ...(index !== undefined && { SEARCH_URL: index.address }),
    ...(mail !== undefined && { MAILER_DSN: mail, APP_SENDER_EMAIL: 'media@holdfast.example' }),
    ...(nginx !== undefined && { HTTP_TRUSTED_PROXIES: '127.0.0.1' }),
  }
  const owned = opened.move()
  return {
    nextSettings: () => ({ ...stack.nextSettings(), ...settings }),
    openFront: nginx === undefined ? undefined : (url) => startNginx({ program: nginx, servers: [new URL(url).host] }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
