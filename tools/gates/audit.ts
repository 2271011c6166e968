import { type AcceptedAdvisory, acceptedAdvisories } from './accepted-advisories.ts'
import type { Finding, Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'
import { runCommand } from './run-tool.ts'

interface Advisory {
  readonly url?: string
  readonly title: string
  readonly severity: string
}

interface Unsigned {
  readonly name: string
  readonly version: string
}

interface Report {
  readonly auditReportVersion?: number
  readonly message?: string
  readonly error?: { readonly summary: string }
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>
  readonly invalid?: readonly { readonly message: string }[]
  readonly missing?: readonly Unsigned[]
}

type Judgement = Omit<Finding, 'files'>

/** Three outcomes: nothing is known, something is known, nobody could be asked. */
export const audit: Gate = {
  name: 'audit',
  holds: 'no advisory is known for what is locked, but those that are accepted; what is installed is signed (npm audit)',
  mayBeAway: true,
  async check() {
    const files = (await repositoryFiles('package-lock.json')).length
    const [advisories, signatures] = await Promise.all([
      ask('--package-lock-only').then((report) => judge(report, acceptedAdvisories, new Date())),
      ask('signatures').then(judgeSignatures),
    ])
    const unreached = advisories.unreached ?? signatures.unreached
    return { files, problems: [...advisories.problems, ...signatures.problems], ...(unreached !== undefined && { unreached }) }
  },
}

/** Warnings may stand before and after the report. */
async function ask(what: string): Promise<Report> {
  const { output } = await runCommand('npm', ['audit', what, '--json', '--fetch-retries=0', '--fetch-timeout=20000'])
  const [report] = /^\{[\s\S]*^\}$/m.exec(output) ?? []
  return report === undefined ? { message: output.trim() } : (JSON.parse(report) as Report)
}

const nobody = ({ message, error }: Report): Judgement => ({
  problems: [],
  unreached: `nobody answered: ${message ?? error?.summary ?? 'without a word'}`,
})

export function judge(report: Report, accepted: readonly AcceptedAdvisory[], now: Date): Judgement {
  if (report.auditReportVersion === undefined) return nobody(report)
  const known = Object.entries(report.vulnerabilities ?? {}).flatMap(([name, { via }]) =>
    via.flatMap((one) => (typeof one === 'string' ? [] : [{ ...one, name, id: one.url?.split('/').pop() ?? one.title }])),
  )
  const today = now.toISOString().slice(0, 10)
  const isAccepted = (id: string) => accepted.some((one) => one.id === id && one.until > today)
  return {
    problems: [
      ...known.filter(({ id }) => !isAccepted(id)).map(({ name, id, severity, title }) => `${name}: ${title} (${severity}, ${id})`),
      ...accepted.filter(({ until }) => until <= today).map(({ id, until }) => `${id} was accepted until ${until}: look at it again`),
      ...accepted.filter(({ id }) => !known.some((one) => one.id === id)).map(({ id }) => `${id} is accepted, and not known any more`),
    ],
  }
}

/** A signature that fits no key is no answer either: mirrors hand on signatures of others, and have no keys. */
function judgeSignatures(report: Report): Judgement {
  const { invalid, missing } = report
  if (invalid === undefined || missing === undefined) return nobody(report)
  return {
    problems: [
      ...invalid.map(({ message }) => message),
      ...missing.map(({ name, version }) => `${name}@${version} has no signature, and the registry signs`),
    ],
  }
}
