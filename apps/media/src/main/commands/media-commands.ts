import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { actAs } from '../../accounts/act-as.ts'
import { demandHouseKey } from '../../accounts/house-key.ts'
import { readPublicKeys } from '../../adapters/signing-keys/key-files.ts'
import { Failure } from '../../kernel/failure.ts'
import { eraseBytes, finishErasure } from '../../media/erase-file.ts'
import { adoptHouseStore } from '../../media/house-store.ts'
import { holdFile, releaseFile } from '../../media/legal-hold.ts'
import { purgeDue } from '../../media/purge-due.ts'
import { verifyReceipt } from '../../operations/receipt.ts'
import { demandMigrated } from '../health.ts'
import { reconcileHouse } from '../reconcile-house.ts'
import { inNewStory } from '../story-context.ts'
import { jsonOption } from './house-commands.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { readConfig, withHoldfast } from './with-holdfast.ts'

/** No bound: what a command is asked to do, it does. */
const everything = 1_000_000

/** Files and blobs, for an operator at the machine. */
export function mediaCommands(program: Command): void {
  const media = program.command('media').description('files and blobs')
  media
    .command('reconcile')
    .description('end reservations that ran out, and compare storage with the database')
    .option('--now', 'with all ages and sightings at zero, for a house at rest')
    .addOption(jsonOption())
    .action(reconcileCommand)
  media.command('purge').description('purge what is due, never before').addOption(jsonOption()).action(purgeCommand)
  media
    .command('erase <fileId>')
    .description('remove one file now, without a grace, and print the receipt')
    .requiredOption('--as <email>', 'the user who asks for it')
    .action(eraseCommand)
  for (const [verb, act] of Object.entries(holds)) {
    media
      .command(`${verb} <fileId>`)
      .description(verb === 'hold' ? 'a legal hold: neither purged nor erased until released' : 'end a legal hold')
      .requiredOption('--as <email>', 'the administrator who asks for it')
      .action((fileId: string, { as }: { readonly as: string }) => holdCommand(act, fileId, as))
  }
  media
    .command('verify-receipt <file>')
    .description(`check a receipt of an erasure, offline; exit ${exitCodes.no} when it is not genuine`)
    .option('--keys <file>', 'the installation’s public-keys.json; that of JWT_KEYS_DIR by default')
    .addOption(jsonOption())
    .action(verifyReceiptCommand)

  program
    .command('storage')
    .description('where blobs are kept')
    .command('adopt')
    .description('where they were moved, or restored from a backup: from now on they are in the place that STORAGE_URL names')
    .addOption(jsonOption())
    .action(adoptStorageCommand)

  program
    .command('idempotency')
    .description('stored answers')
    .command('prune')
    .description('remove those that have expired')
    .addOption(jsonOption())
    .action(pruneCommand)
}

async function adoptStorageCommand(options: OutputOptions): Promise<void> {
  await withHoldfast(
    async (holdfast) => {
      await demandMigrated(holdfast)
      await demandHouseKey(holdfast)
      await adoptHouseStore(holdfast)
    },
    { migrated: false },
  )
  print(options, { adopted: true }, () => ['adopted'])
}

async function reconcileCommand(options: OutputOptions & { readonly now?: boolean }): Promise<void> {
  const result = await inStory((holdfast) => reconcileHouse(holdfast, options.now ? 'at-rest' : 'running'))
  const { reaped, finished, swept } = result
  print(options, result, () =>
    table([
      ['reservations ended', reaped],
      ['erasures finished', finished.erasures],
      ['condemned blobs deleted', finished.blobs],
      ['keys in storage', swept.keys],
      ['stray keys', swept.strays],
      ['stray keys deleted', swept.deleted],
      ['degraded blobs', swept.degraded],
    ]),
  )
  if (swept.degraded > 0) process.exitCode = exitCodes.no
}

async function purgeCommand(options: OutputOptions): Promise<void> {
  const counts = await inStory(async ({ database, media }) =>
    purgeDue(media, { nowMs: await database.now(), graceMs: 0, limit: everything }),
  )
  print(options, counts, () => table(Object.entries(counts)))
}

async function eraseCommand(fileId: string, { as }: { readonly as: string }): Promise<void> {
  const receipt = await inStory(async ({ media }) => {
    const principal = await actAs(media.read, as)
    await eraseBytes(media, principal, fileId)
    return media.inTransaction((tx) => finishErasure(media, tx, principal.userId, fileId))
  })
  print({ json: true }, receipt, () => [])
}

const holds = { hold: holdFile, release: releaseFile } as const

async function holdCommand(act: typeof holdFile, fileId: string, as: string): Promise<void> {
  await inStory(async ({ media }) => {
    const principal = await actAs(media.read, as)
    await media.inTransaction((tx) => act(tx, principal, fileId))
  })
}

/** Opens nothing but two files: it works where no database is. */
async function verifyReceiptCommand(file: string, options: OutputOptions & { readonly keys?: string }): Promise<void> {
  const keysFile = options.keys ?? join(readConfig().keysDir, 'public-keys.json')
  const [receipt, keys] = await Promise.all([readJson(file), readPublicKeys(keysFile)])
  try {
    const claims = verifyReceipt(keys, receipt)
    print(options, { genuine: true, claims }, () => [
      'genuine',
      ...table([
        ['file', claims.fileId],
        ['erased at', claims.erasedAt],
        ['requested by', claims.requestedBy],
        ['blobs', claims.blobs.map(({ sha256, fate }) => `${sha256} ${fate}`).join(', ')],
      ]),
    ])
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    print(options, { genuine: false, code: error.code }, () => [`not genuine: ${error.message}`])
    process.exitCode = exitCodes.no
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    throw new InvalidArgumentError(`${file} cannot be read as JSON.`)
  }
}

async function pruneCommand(options: OutputOptions): Promise<void> {
  const pruned = await inStory(async ({ idempotency }) => {
    let total = 0
    for (let count = await idempotency.prune(500); count > 0; count = await idempotency.prune(500)) total += count
    return total
  })
  print(options, { pruned }, () => [`${pruned} pruned`])
}

/** What a command changes is one story, as what a request changes is. */
const inStory: typeof withHoldfast = (work) => withHoldfast((holdfast) => inNewStory(() => work(holdfast)))
