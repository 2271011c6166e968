import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'
import { runCommand } from './run-tool.ts'

export const secrets: Gate = {
  name: 'secrets',
  holds: 'no credential in any file, nor in the history of Git',
  async check() {
    const files = await repositoryFiles()
    const found: string[] = []
    for (const file of files) found.push(...findSecrets(await readFile(file, 'utf8')).map((secret) => `${file} ${secret}`))
    return { files: files.length, problems: [...found, ...(await searchHistory())] }
  },
}

/** Each pattern's first group, or the whole match, is the secret. Long enough that an example made of words does not match. */
const patterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:\s|\\r|\\n)*([A-Za-z0-9+/=]{40,})/g],
  ['an API key of Holdfast', /\bhf_[A-Za-z0-9_-]{32,}/g],
  ['a JWT', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g],
  ['an AWS key id', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['an AWS secret key', /aws_?secret_?access_?key["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})\b/gi],
  ['an Azure signature', /[?&;]sig=([A-Za-z0-9%+/]{40,}={0,2})/g],
  ['an Azure account key', /(?<![A-Za-z0-9+/=-])[A-Za-z0-9+/]{86}==/g],
  ['a token of GitHub, GitLab, npm, Slack or Stripe', /\b(?:gh[pousr]_|glpat-|npm_|xox[abprs]-|sk_live_)[A-Za-z0-9_-]{20,}/g],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"`]*:([^\s:/@'"`]{3,})@[a-z0-9[]/gi],
]

const placeholder = /^(?:[.…*]+|\[redacted\]|[<{$].*|%s|pass|password|secret|guest|canary[\w-]*|[A-Z_]+)$/

/** Values that look like secrets and are none, by their SHA-256: published in the documentation of what they open, or planted in a test. */
const published: Readonly<Record<string, string>> = {
  '0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059': "Azurite's well-known account key",
  addb0f5e7826c857d7376d1bd9bc33c0c544790a2eac96144a8af22b1298c940: 'planted in the example of the scrubber',
  '5b11618c2e44027877d0cd0921ed166b9f176f50587fc91e7534dd2946db77d6': 'planted in a test of the scrubber',
  d349831971026efe15bc2a71bf0435e6fee08d8390f4503eafd65ba01b326fa3: 'a password with a sign in it, in a test of the settings',
  '7043d387bf669176d6f19f7acdc764064f63d6e54705bd718e1ef31bd03254fd': 'a placeholder in brackets, in how an address is written',
  '4b25dccfdfc8f1c45276fafc6a7beee84859b7a501e077ab8c74178076aa91ee': 'a password that is no default, in a test of the settings',
}

/** Names the kind and the line of each secret in `text`, never the secret. */
function findSecrets(text: string): string[] {
  return patterns.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(([whole, group = whole]) => !placeholder.test(group) && !(sha256(group) in published))
      .map(({ index }) => `line ${text.slice(0, index).split('\n').length}: ${kind}`),
  )
}

async function searchHistory(): Promise<string[]> {
  const format = ['--format=%x00%h', '--unified=0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames']
  const { ok, output } = await runCommand('git', ['log', '-p', ...format, 'HEAD'])
  if (!ok) return [`git log: ${output.trim()}`]
  return output.split('\0').flatMap((commit) => {
    const [hash = ''] = commit.split('\n', 1)
    const added = commit.replaceAll(/^(?!\+).*\n/gm, '').replaceAll(/^\+/gm, '')
    return findSecrets(added).map((secret) => `commit ${hash} adds ${secret.replace(/^line \d+: /, '')}`)
  })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
