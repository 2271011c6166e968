import type { Command } from 'commander'
import { checkSearch, isSound } from '../../media/search/check-search.ts'
import { type ReindexProgress, reindex } from '../../media/search/reindex.ts'
import { inNewStory } from '../story-context.ts'
import { jsonOption } from './house-commands.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

/** What is searched, for an operator at the machine. */
export function searchCommands(program: Command): void {
  const search = program.command('search').description('the index of the search')
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

async function reindexCommand(options: OutputOptions): Promise<void> {
  const done = await withHoldfast(({ media }) => inNewStory(() => reindex(media, showProgress)))
  print(options, done, () => table(Object.entries(done)))
  if (done.failed > 0) process.exitCode = exitCodes.no
}

/** On a terminal; quiet in a pipe. */
function showProgress({ total, indexed, failed }: ReindexProgress): void {
  if (!process.stderr.isTTY) return
  const done = indexed + failed
  process.stderr.write(`\r${done} of ${total} files${done < total ? '' : '\n'}`)
}

async function checkCommand(options: OutputOptions): Promise<void> {
  const state = await withHoldfast(async ({ database }) => checkSearch(database.read, await database.now()))
  print(options, state, () => table(Object.entries(state)))
  if (!isSound(state)) process.exitCode = exitCodes.no
}
