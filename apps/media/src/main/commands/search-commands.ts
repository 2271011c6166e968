import type { Command } from 'commander'
import { checkIndex } from '../../media/search/check-index.ts'
import { checkSearch, isSound } from '../../media/search/check-search.ts'
import { fillIndex } from '../../media/search/fill-index.ts'
import { reindex } from '../../media/search/reindex.ts'
import type { Holdfast } from '../app.ts'
import { inNewStory } from '../story-context.ts'
import { jsonOption } from './house-commands.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

/** What is searched, for an operator at the machine. */
export function searchCommands(program: Command): void {
  const search = program.command('search').description('the index of the search')
  search
    .command('setup')
    .description('give the Elasticsearch of SEARCH_URL its templates; the database needs none')
    .addOption(jsonOption())
    .action(setupCommand)
  search
    .command('reindex')
    .description('write the words of every file anew, beside whatever goes on')
    .addOption(jsonOption())
    .action(reindexCommand)
  search
    .command('check')
    .description(`compare the index with the files; exit ${exitCodes.no} when they differ`)
    .addOption(jsonOption())
    .action(checkCommand)
}

async function setupCommand(options: OutputOptions): Promise<void> {
  const done = await withHoldfast(async ({ search }) => {
    await search?.index.setup()
    return { index: search === undefined ? 'sql' : 'elasticsearch' }
  })
  print(options, done, () => table(Object.entries(done)))
}

async function reindexCommand(options: OutputOptions): Promise<void> {
  const done = await withHoldfast((holdfast) => inNewStory(() => reindexHouse(holdfast)))
  print(options, done, () => table(Object.entries(done)))
  if (done.failed > 0) process.exitCode = exitCodes.no
}

/** An index beside the database is filled from it; else the database reads the files. */
async function reindexHouse({ media, search }: Holdfast) {
  if (search === undefined) return reindex(media, showProgress)
  return fillIndex({ read: media.read, index: search.index }, { onProgress: showProgress })
}

interface Progress {
  readonly total: number
  readonly indexed: number
  readonly failed: number
}

/** On a terminal; quiet in a pipe. */
function showProgress({ total, indexed, failed }: Progress): void {
  if (!process.stderr.isTTY) return
  const done = indexed + failed
  process.stderr.write(`\r${done} of ${total} files${done < total ? '' : '\n'}`)
}

async function checkCommand(options: OutputOptions): Promise<void> {
  const { database, index } = await withHoldfast(async ({ database: { read, now }, search }) => ({
    database: await checkSearch(read, await now()),
    index: search && (await checkIndex({ read, index: search.index })),
  }))
  print(options, { ...database, ...(index && { index }) }, () =>
    table([...Object.entries(database), ...Object.entries(index ?? {}).map(([name, count]) => [`index: ${name}`, count] as const)]),
  )
  const isIndexSound = index === undefined || index.missing + index.outdated + index.surplus === 0
  if (!(isSound(database) && isIndexSound)) process.exitCode = exitCodes.no
}
