import { type Command, Option } from 'commander'
import { checkBackup } from '../backup/check-backup.ts'
import { createBackup } from '../backup/create-backup.ts'
import type { BackupManifest } from '../backup/manifest.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { jsonOption } from './house-commands.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

type Kept = BackupManifest['blobs']['kept']

/** A moment of the whole house, kept and brought back. */
export function backupCommands(program: Command): void {
  const backup = program.command('backup').description('a moment of the whole house: rows, blobs and keys')
  backup
    .command('create <folder>')
    .description(`keep one, while the service runs; exit ${exitCodes.no} when a blob was missing or altered`)
    .addOption(new Option('--blobs <how>', 'with their bytes, or only named').choices(['copy', 'reference']).default('copy'))
    .addOption(jsonOption())
    .action(createCommand)
  backup.command('check <folder>').description('read every byte of one').addOption(jsonOption()).action(checkCommand)
  backup
    .command('restore <folder>')
    .description(`fill an empty house from one, which is checked first; exit ${exitCodes.no} when a blob is missing`)
    .addOption(jsonOption())
    .action(restoreCommand)
}

async function createCommand(folder: string, options: OutputOptions & { readonly blobs: Kept }): Promise<void> {
  const made = await withHoldfast((holdfast) => createBackup(holdfast, folder, { kept: options.blobs, onProgress: showProgress }))
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  print(options, made, () => described(made))
  if (made.blobs.damaged.length > 0) process.exitCode = exitCodes.no
}

/** Opens nothing but the backup: it works where no house is. */
async function checkCommand(folder: string, options: OutputOptions): Promise<void> {
  const backup = await checkBackup(folder)
  print(options, backup, () => ['sound', ...described(backup)])
}

async function restoreCommand(folder: string, options: OutputOptions): Promise<void> {
  const backup = await checkBackup(folder)
  const { done, hasIndex } = await withHoldfast(
    async (holdfast) => ({ done: await restoreBackup(holdfast, folder, backup), hasIndex: holdfast.search !== undefined }),
    { migrated: false },
  )
  const next = [
    ...(hasIndex ? ['holdfast search reindex'] : []),
    ...(done.mailsLeft > 0 ? ['holdfast messages failed list --lane external'] : []),
  ]
  print(options, { madeAt: backup.madeAt, ...done, next }, () => [
    `restored as it was at ${backup.madeAt}`,
    ...table([
      ['rows', done.rows],
      ['blobs', done.blobs],
      ['blobs missing', done.missingBlobs],
      ['mails left to you', done.mailsLeft],
      ['chain of audit', done.isAuditIntact ? 'intact' : 'BROKEN'],
    ]),
    ...next.map((command) => `then: ${command}`),
  ])
  if (done.missingBlobs > 0 || !done.isAuditIntact) process.exitCode = exitCodes.no
}

const described = ({ madeAt, dialect, tables, blobs, fingerprint }: Awaited<ReturnType<typeof checkBackup>>) =>
  table([
    ['moment', madeAt],
    ['rows', `${Object.values(tables).reduce((sum, rows) => sum + rows, 0)} (${dialect})`],
    ['blobs', `${blobs.count} (${blobs.bytes} bytes, by ${blobs.kept})`],
    ...(blobs.damaged.length > 0 ? [['DAMAGED', blobs.damaged.join(' ')]] : []),
    ['fingerprint', fingerprint],
  ])

/** On a terminal; quiet in a pipe. */
function showProgress(copiedBlobs: number): void {
  if (process.stderr.isTTY && copiedBlobs % 100 === 0) process.stderr.write(`\r${copiedBlobs} blobs`)
}
