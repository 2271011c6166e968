import { migrate, migrationState } from '@holdfast/database'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { askHealth } from '../ask-health.ts'
import { describeApi } from '../describe-api.ts'
import { diagnose } from '../doctor.ts'
import { type Lane, laneNames } from '../loops.ts'
import { allMigrations } from '../migrations.ts'
import { type Role, runRole } from '../roles.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { stopSignal } from './signals.ts'
import { readConfig, withHoldfast } from './with-holdfast.ts'

interface WorkFlags {
  readonly lanes?: readonly Lane[]
  readonly maxMessages?: number
  readonly maxMemoryMb?: number
  readonly maxSeconds?: number
}

/** Running, migrating, examining. */
export function houseCommands(program: Command): void {
  program
    .command('run')
    .description('everything in one process; migrates first')
    .action(() => run('run'))
  program
    .command('serve')
    .description('answer HTTP')
    .action(() => run('serve'))
  program
    .command('work')
    .description('handle messages and do the periodic work')
    .option('--lanes <names>', `comma-separated, of ${laneNames.join(', ')}`, parseLanes)
    .option('--max-messages <count>', 'end after so many', parseCount)
    .option('--max-memory-mb <mebibytes>', 'end when the process is larger', parseCount)
    .option('--max-seconds <seconds>', 'end after so long', parseCount)
    .action((flags: WorkFlags) => run('work', flags))
  program
    .command('migrate')
    .description('bring the database to this version, declare what the broker needs, make the container of the blobs')
    .option('--check', `only tell what is pending; exit ${exitCodes.no} when something is`)
    .addOption(jsonOption())
    .action(migrateCommand)
  program
    .command('health')
    .description(`ask the process of these settings whether it gets on; exit ${exitCodes.no} when not`)
    .addOption(jsonOption())
    .action(healthCommand)
  program
    .command('openapi')
    .description('print the OpenAPI document of this release, as GET /openapi.json answers it')
    .action(async () => console.log(JSON.stringify(await describeApi(), null, 2)))
  program.command('doctor').description('check the settings and reach each part').addOption(jsonOption()).action(doctorCommand)
}

export const jsonOption = () => new Option('--json', 'one JSON document instead of text')

const run = (role: Role, flags: WorkFlags = {}) => runRole(role, readConfig(), stopSignal(), flags)

async function migrateCommand(options: OutputOptions & { readonly check?: boolean }): Promise<void> {
  const state = await withHoldfast(
    async ({ database, broker, provideStore }) => {
      const migrations = await allMigrations(database.dialect)
      if (options.check) return migrationState(database, migrations)
      const state = await migrate(database, migrations)
      await broker?.setup()
      await provideStore()
      return state
    },
    { migrated: false },
  )
  const { applied, pending } = state
  if (options.check) {
    print(options, { pending }, () => (pending.length === 0 ? ['up to date'] : pending.map((name) => `pending: ${name}`)))
    if (pending.length > 0) process.exitCode = exitCodes.no
  } else {
    print(options, { applied }, () => (applied.length === 0 ? ['up to date'] : applied.map((name) => `applied: ${name}`)))
  }
}

/** For the health check of a container: of `holdfast work` where `HEALTH_PORT` is set, else of what listens on `PORT`. */
async function healthCommand(options: OutputOptions): Promise<void> {
  const { host, port, healthPort } = readConfig().http
  const found = await askHealth(host, healthPort ?? port)
  print(options, found, () => [found.isHealthy ? 'healthy' : `unhealthy: ${found.problems.join('; ')}`])
  if (!found.isHealthy) process.exitCode = exitCodes.no
}

async function doctorCommand(options: OutputOptions): Promise<void> {
  const findings = await diagnose(readConfig())
  print(options, findings, () =>
    table(findings.map(({ part, ok, detail, mend }) => [ok ? 'ok' : 'WRONG', part, mend ? `${detail}: ${mend}` : detail])),
  )
  if (findings.some(({ ok }) => !ok)) process.exitCode = exitCodes.no
}

function parseLanes(text: string): Lane[] {
  return text.split(',').map((name) => {
    const lane = laneNames.find((known) => known === name.trim())
    if (lane === undefined) throw new InvalidArgumentError(`The lanes are ${laneNames.join(', ')}.`)
    return lane
  })
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number above 0 is needed.')
  return Number(text)
}
