import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, migrate } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import { newId } from '../apps/media/src/kernel/ids.ts'
import type { Principal } from '../apps/media/src/kernel/principal.ts'
import { allMigrations } from '../apps/media/src/main/migrations.ts'
import { encodeWords } from '../apps/media/src/media/search/encode-word.ts'
import { wordsOf } from '../apps/media/src/media/search/words.ts'
import { makeDatabase } from '../test/service/own-database.ts'
import { provideServers } from '../tools/servers/provide-servers.ts'
import { testServers } from '../tools/servers/test-servers.ts'
import { randomWords } from './search-words.ts'

const principal: Principal = { tenantId: crypto.randomUUID(), userId: crypto.randomUUID(), roles: ['viewer'] }

/** A house with so many files and nothing in its store, on the disk of the working copy or on a server of its own; removed afterwards. */
export async function openSearchHouse(engine: string, files: number) {
  await using opened = new AsyncDisposableStack()
  const database = engine === 'mysql' ? await openServer(opened) : await openFile(opened)
  await migrate(database, await allMigrations(database.dialect))
  await fill(database, files)
  const owned = opened.move()
  return { database, principal, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function openFile(opened: AsyncDisposableStack): Promise<Database> {
  await mkdir('reports', { recursive: true })
  const folder = await mkdtemp(join('reports', 'search-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const database = openSqlite(join(folder, 'search.db'))
  opened.defer(() => database.close())
  return database
}

async function openServer(opened: AsyncDisposableStack): Promise<Database> {
  const servers = opened.use(await provideServers(testServers.single.filter(({ name }) => name === 'MySQL or MariaDB')))
  const variable = 'HOLDFAST_TEST_MYSQL_URL'
  const { url } = opened.use(await makeDatabase(servers.addresses[variable] ?? process.env[variable] ?? ''))
  const database = openMysql([url])
  opened.defer(() => database.close())
  return database
}

const atOnce = 500

async function fill(database: Database, files: number): Promise<void> {
  const { random, randomWord } = randomWords(1)
  const words = (count: number) => Array.from({ length: count }, randomWord).join(' ')
  for (let from = 0; from < files; from += atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, files - from) }, (_, at) => ({
      id: newId(1_700_000_000_000 + from + at),
      name: `${words(3)} ${from + at}.jpg`,
      text: random() < 0.1 ? words(300) : '',
    }))
    await database.transaction(async (sql) => {
      for (const { id, name, text } of rows) {
        await sql.run(
          `INSERT INTO file (id, tenant_id, owner_id, name, name_key, media_type, kind, size, sha256, blob_id, state, is_private, favourite, tags,
                             version, created_at, updated_at, content_changed_at, epoch)
           VALUES (?, ?, ?, ?, ?, 'text/plain', ?, 1, ?, ?, 'active', 0, 0, '[]', 1, 0, 0, 0, 0)`,
          [id, principal.tenantId, principal.userId, name, name, text === '' ? 'image' : 'text', '0'.repeat(64), id],
        )
        await sql.run('INSERT INTO search_document (file_id, tenant_id, entry_words, text_words, content_text) VALUES (?, ?, ?, ?, ?)', [
          id,
          principal.tenantId,
          encodeWords(principal.tenantId, wordsOf(name)),
          encodeWords(principal.tenantId, wordsOf(text)),
          text,
        ])
      }
    })
  }
}
