const colours: Readonly<Record<string, number>> = { trace: 90, debug: 36, info: 32, warn: 33, error: 31, fatal: 35 }
const everyLine = new Set(['time', 'level', 'service', 'env', 'version', 'message', 'correlation_id', 'err'])

/** Turns JSON lines into lines for people: time, level, message, members, the end of the correlation id, and the stack below. */
export function readableLines(write: (text: string) => void, colour: boolean): { write(line: string): void } {
  return { write: (line) => write(readable(line, colour)) }
}

function readable(line: string, colour: boolean): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const paint = (code: number, text: string) => (colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  const level = shown(entry['level'])
  const time = new Date(shown(entry['time'])).toTimeString().slice(0, 8)
  const story = shown(entry['correlation_id']).slice(-8)
  const head = [paint(90, time), paint(colours[level] ?? 0, level.toUpperCase().padEnd(5)), shown(entry['message'])]
  return `${[...head, ...members(entry), paint(90, story)].filter((part) => part !== '').join(' ')}\n${stacks(entry['err'])}`
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function members(entry: Record<string, unknown>): string[] {
  const told = Object.entries(entry).filter(([name]) => !everyLine.has(name))
  return told.map(([name, value]) => `${name}=${shown(value)}`)
}

function stacks(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return ''
  const cause = 'cause' in error ? stacks(error.cause) : ''
  return `${shown(error.stack).replaceAll(/^/gm, '    ')}\n${cause === '' ? '' : `    caused by\n${cause}`}`
}
