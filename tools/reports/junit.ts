export interface Case {
  /** What it belongs to: a file of tests, the name of a gate. */
  readonly group: string
  readonly name: string
  readonly seconds: number
  readonly failure?: string
  /** Why it was left out. */
  readonly skipped?: string
}

export interface Counts {
  readonly suite: string
  readonly tests: number
  readonly failures: number
  readonly skipped: number
  readonly seconds: number
}

/** A report as JUnit writes it, which every provider reads. */
export function junitOf(suite: string, cases: readonly Case[]): string {
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0)
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const skipped = cases.filter((one) => one.skipped !== undefined).length
  const counts = `tests="${cases.length}" failures="${failures}" skipped="${skipped}" time="${seconds.toFixed(3)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="${inXml(suite)}" ${counts}>`,
    ...cases.map(caseOf),
    '</testsuite></testsuites>',
    '',
  ].join('\n')
}

/** The counts of a report that `junitOf` wrote. @throws where it is none. */
export function readCounts(report: string): Counts {
  const found = /<testsuite name="([^"]+)" tests="(\d+)" failures="(\d+)" skipped="(\d+)" time="([\d.]+)">/.exec(report)
  if (found === null) throw new Error('this is not a report of ours')
  const [, suite = '', tests, failures, skipped, seconds] = found
  return { suite, tests: Number(tests), failures: Number(failures), skipped: Number(skipped), seconds: Number(seconds) }
}

function caseOf({ group, name, seconds, failure, skipped }: Case): string {
  const head = `<testcase classname="${inXml(group)}" name="${inXml(name)}" time="${seconds.toFixed(3)}"`
  if (failure !== undefined)
    return `${head}><failure message="${inXml(failure.split('\n', 1)[0] ?? '')}">${inXml(failure)}</failure></testcase>`
  return skipped === undefined ? `${head}/>` : `${head}><skipped message="${inXml(skipped)}"/></testcase>`
}

/** XML 1.0 has no way to say most control characters. */
function inXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"\n]/g, (found) => entities[found] ?? found)
}
