import type { Page } from '@holdfast/messenger'
import { type Command, InvalidArgumentError } from 'commander'
import { jsonOption, parseCount } from './house-commands.ts'
import { exitCodes, type OutputOptions, print, table } from './report.ts'
import { withHoldfast } from './with-holdfast.ts'

interface Selecting extends OutputOptions {
  readonly lane?: string
  readonly name?: string
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly limit?: number
}

/** What waits, what has failed, and what to do about it. */
export function messageCommands(program: Command): void {
  const messages = program.command('messages').description('the bus: counts, and what has failed')
  messages.command('stats').description('counts by lane').addOption(jsonOption()).action(stats)
  const failed = messages.command('failed').description('messages that went through all their attempts')
  listing(failed.command('list').description('those that failed, oldest first')).action(listFailed)
  failed.command('show <id>').description('one, with its attempts').addOption(jsonOption()).action(showFailed)
  selecting(failed.command('retry [id]').description('send round again: one, or with --all those that fit')).action(retryFailed)
  selecting(failed.command('remove [id]').description('forget: one, or with --all those that fit')).action(removeFailed)

  const schedule = program.command('schedule').description('what is due later')
  listing(schedule.command('list').description('what waits, in the order it falls due')).action(listSchedule)
  schedule.command('show <id>').description('one, with the attempts so far').addOption(jsonOption()).action(showScheduled)
  schedule
    .command('cancel <id>')
    .description('it will never be handled')
    .action((id: string) => change(id, 'cancelled', ({ schedule: of }) => of.cancel(id)))
  schedule
    .command('run-now <id>')
    .description('due at once')
    .action((id: string) => change(id, 'due now', ({ schedule: of }) => of.runNow(id)))
  schedule
    .command('reschedule <id> <instant>')
    .description('due at an instant in RFC 3339, as 2030-01-31T12:00:00Z')
    .action((id: string, instant: string) => {
      const dueAt = parseInstant(instant)
      return change(id, `due ${new Date(dueAt).toISOString()}`, ({ schedule: of }) => of.reschedule(id, dueAt))
    })
}

type Bus = Parameters<Parameters<typeof withHoldfast>[0]>[0]['messenger']

type FailedSelection = Parameters<Bus['failed']['retry']>[0]

const listing = (command: Command) =>
  command
    .option('--lane <name>')
    .option('--name <message>')
    .option('--limit <count>', 'at most so many', parseCount, 100)
    .addOption(jsonOption())

const selecting = (command: Command) =>
  command
    .option('--all', 'every one that fits')
    .option('--lane <name>')
    .option('--name <message>')
    .option('--dry-run', 'tell which ones, and change nothing')
    .addOption(jsonOption())

const instantOf = (at: number | null) => (at === null ? null : new Date(at).toISOString())

async function stats(options: OutputOptions): Promise<void> {
  const lanes = await withHoldfast(({ messenger }) => messenger.stats())
  print(options, lanes, () =>
    table([
      ['lane', 'waiting', 'with the broker', 'delayed', 'running', 'failed', 'oldest waiting', 'handled last minute'],
      ...lanes.map((lane) => [
        lane.lane,
        lane.waiting,
        lane.dispatched,
        lane.delayed,
        lane.running,
        lane.failed,
        instantOf(lane.oldestWaitingAt),
        lane.handledLastMinute,
      ]),
    ]),
  )
}

const listFailed = (options: Selecting) => list(options, (bus) => bus.failed.list(options))
const listSchedule = (options: Selecting) => list(options, (bus) => bus.schedule.list(options))

async function list(options: OutputOptions, read: (bus: Bus) => Promise<Page>): Promise<void> {
  const { items } = await withHoldfast(({ messenger }) => read(messenger))
  print(options, items, () =>
    items.length === 0
      ? ['none']
      : table(items.map((one) => [one.id, one.lane, one.name, `attempt ${one.attempt}`, instantOf(one.dueAt), one.lastError])),
  )
}

const showFailed = (id: string, options: OutputOptions) => show(id, options, (bus) => bus.failed.show(id))
const showScheduled = (id: string, options: OutputOptions) => show(id, options, (bus) => bus.schedule.show(id))

async function show(id: string, options: OutputOptions, read: (bus: Bus) => ReturnType<Bus['failed']['show']>): Promise<void> {
  const found = await withHoldfast(({ messenger }) => read(messenger))
  if (found === undefined) return say(no(id))
  const { failedAttempts, payload, ...message } = found
  print(options, found, () => [
    ...table(
      Object.entries(message).map(([key, value]) => [
        key,
        /At$|Until$|After$/.test(key) ? instantOf(Number(value) || null) : String(value ?? '-'),
      ]),
    ),
    `payload  ${payload}`,
    ...failedAttempts.flatMap((attempt) => [
      '',
      `attempt ${attempt.attempt}, ${instantOf(attempt.startedAt)}, ${attempt.worker}`,
      attempt.error,
    ]),
  ])
}

const retryFailed = (id: string | undefined, options: Selecting) =>
  onSelection(id, options, 'retried', (bus, which) => bus.failed.retry(which))
const removeFailed = (id: string | undefined, options: Selecting) =>
  onSelection(id, options, 'removed', (bus, which) => bus.failed.remove(which))

async function onSelection(
  id: string | undefined,
  { all, lane, name, dryRun, ...options }: Selecting,
  done: string,
  act: (bus: Bus, which: FailedSelection) => Promise<number>,
): Promise<void> {
  if ((id === undefined) !== (all === true)) throw new InvalidArgumentError('Name one message, or give --all, and not both.')
  const which = id ?? { lane, name }
  if (dryRun) return tellSelected(which, done, options)
  const count = await withHoldfast(({ messenger }) => act(messenger, which))
  print(options, { [done]: count }, () => [`${count} ${done}`])
  if (count === 0) process.exitCode = exitCodes.no
}

async function tellSelected(which: FailedSelection, done: string, options: OutputOptions): Promise<void> {
  const ids = await withHoldfast(({ messenger }) => selected(messenger, which))
  print(options, { [done]: 0, wouldBe: ids }, () => [...ids, `${ids.length} would be ${done}`])
  if (ids.length === 0) process.exitCode = exitCodes.no
}

async function selected({ failed }: Bus, which: FailedSelection): Promise<string[]> {
  if (typeof which === 'string') return (await failed.show(which)) === undefined ? [] : [which]
  const ids: string[] = []
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page: Page = await failed.list({ ...which, cursor })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.next
  }
  return ids
}

async function change(id: string, done: string, act: (bus: Bus) => Promise<boolean>): Promise<void> {
  say((await withHoldfast(({ messenger }) => act(messenger))) ? done : no(id))
}

/** Notes the exit code along with the answer. */
function no(id: string): string {
  process.exitCode = exitCodes.no
  return `${id}: too late, or never there`
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

function parseInstant(text: string): number {
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant)) throw new InvalidArgumentError('An instant in RFC 3339 is needed, as 2030-01-31T12:00:00Z.')
  return instant
}
