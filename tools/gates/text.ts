import { readFile } from 'node:fs/promises'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

/** What .editorconfig asks of every text file; Biome formats only what it parses. */
export const text: Gate = {
  name: 'text',
  holds: 'UTF-8, LF, a last newline, no trailing blanks, tabs in Makefiles only (.editorconfig)',
  async check() {
    const files = (await repositoryFiles()).filter((path) => !path.endsWith('package-lock.json'))
    const problems = await Promise.all(files.map(async (path) => problemsOf(path, await readFile(path))))
    return { files: files.length, problems: problems.flat() }
  },
}

function problemsOf(path: string, bytes: Buffer): string[] {
  if (bytes.length === 0 || bytes.includes(0)) return []
  const content = bytes.toString()
  const rules: [broken: boolean, message: string][] = [
    [!Buffer.from(content).equals(bytes), 'is not UTF-8'],
    [content.startsWith('\uFEFF'), 'starts with a byte order mark'],
    [content.includes('\r'), 'has carriage returns'],
    [!content.endsWith('\n'), 'has no newline at its end'],
    [/[ \t]$/m.test(content), 'has blanks at the end of a line'],
    [/^ *\t/m.test(content) && !/(^|\/)Makefile$/.test(path), 'is indented with tabs'],
  ]
  return rules.filter(([broken]) => broken).map(([, message]) => `${path} ${message}`)
}
