import { type AcceptedAdvisory, acceptedAdvisories } from './accepted-advisories.ts'
import type { Finding, Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'
import { runCommand } from './run-tool.ts'

interface Advisory {
  readonly url?: string
  readonly title: string
  readonly severity: string
}

interface Report {
  readonly auditReportVersion?: number
  readonly message?: string
  readonly error?: { readonly summary: string }
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>
}

/** Three outcomes: nothing is known, something is known, nobody could be asked. */
export const audit: Gate = {
  name: 'audit',
  holds: 'no advisory is known for what is locked, but those that are accepted (npm audit)',
  mayBeAway: true,
  async check() {
    const files = (await repositoryFiles('package-lock.json')).length
    const { output } = await runCommand('npm', ['audit', '--json', '--package-lock-only', '--fetch-retries=0', '--fetch-timeout=20000'])
    return { files, ...judge(readReport(output), acceptedAdvisories, new Date()) }
  },
}

/** Warnings may stand before and after it. */
function readReport(output: string): Report {
  const [report] = /^\{[\s\S]*^\}$/m.exec(output) ?? []
  return report === undefined ? { message: output.trim() } : (JSON.parse(report) as Report)
}

export function judge(report: Report, accepted: readonly AcceptedAdvisory[], now: Date): Omit<Finding, 'files'> {
  if (report.auditReportVersion === undefined)
    return { problems: [], unreached: `nobody answered: ${report.message ?? report.error?.summary ?? 'without a word'}` }
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
