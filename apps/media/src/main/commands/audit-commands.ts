import { type Command, InvalidArgumentError } from 'commander'
import { verifyAudit } from '../../operations/verify-audit.ts'
import { jsonOption } from './house-commands.ts'
import { exitCodes, type OutputOptions, print } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

/** The chain of audit rows. */
export function auditCommands(program: Command): void {
  program
    .command('audit')
    .description('the chain of audit rows')
    .command('verify')
    .description(`walk the chain; exit ${exitCodes.no} when a row was changed, added or removed`)
    .option('--anchor <seq:hash>', 'a head that was written down earlier must still be in it', parseAnchor)
    .addOption(jsonOption())
    .action(verifyCommand)
}

interface Anchor {
  readonly seq: number
  readonly hash: string
}

async function verifyCommand(options: OutputOptions & { readonly anchor?: Anchor }): Promise<void> {
  const verdict = await withHoldfast(({ database }) => verifyAudit(database.read, options.anchor))
  print(options, verdict, () =>
    verdict.intact
      ? [`intact: ${verdict.head.seq} rows, ${verdict.unlinked} more to be linked`, `head ${verdict.head.seq}:${verdict.head.hash}`]
      : [`BROKEN at ${verdict.seq}: ${verdict.fault}${verdict.auditId === null ? '' : `, audit row ${verdict.auditId}`}`],
  )
  if (!verdict.intact) process.exitCode = exitCodes.no
}

function parseAnchor(text: string): Anchor {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined) throw new InvalidArgumentError('A head as this command prints it is needed.')
  return { seq: Number(seq), hash }
}
