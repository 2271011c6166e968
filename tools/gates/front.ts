import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { provideProgram, whyUnavailable } from '../servers/debian/packages.ts'
import { nginx } from '../servers/nginx.ts'
import { renderConfiguration } from '../servers/render-configuration.ts'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'
import { runCommand } from './run-tool.ts'

export const front: Gate = {
  name: 'front',
  holds: 'nginx takes the configuration of the stack, filled in with what the stack gives it (nginx -t)',
  async check() {
    const files = await repositoryFiles('docker/nginx/nginx.conf', 'docker/nginx/templates/*.template')
    if (files.length === 0) return { files: 0, problems: [] }
    const missing = whyNoNginx()
    if (missing !== undefined) return { files: files.length, problems: [], unreached: missing }
    await provideProgram(nginx)
    return { files: files.length, problems: await problemsOf(files) }
  },
}

/** Why this machine neither has nginx nor can be given it. */
export const whyNoNginx = (): string | undefined => whyUnavailable(nginx)

async function problemsOf(files: readonly string[]): Promise<string[]> {
  const variables = await readVariables()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-front-'))
  try {
    mkdirSync(join(folder, 'conf.d'))
    for (const path of files) {
      const place = path.endsWith('.template') ? join('conf.d', basename(path, '.template')) : basename(path)
      writeFileSync(join(folder, place), onLoopback(renderConfiguration(await readFile(path, 'utf8'), folder, variables)))
    }
    const { ok, output } = await runCommand(nginx.path, ['-t', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
    const said = output.replaceAll(`${folder}/conf.d/`, 'docker/nginx/templates/').replaceAll(`${folder}/`, 'docker/nginx/')
    // A warning counts as much.
    const problems = [...said.matchAll(/\[(?:warn|error|crit|alert|emerg)\] (?:\d+#\d+: )?(.*)/g)].map(([, problem = '']) => problem)
    return ok || problems.length > 0 ? problems : [said]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** It tries to bind each address. A certificate whose path has a variable is read with a connection, and so not here, where there is none. */
const onLoopback = (text: string): string =>
  text.replaceAll(/^(\s*listen) (\d+)(?=[ ;])/gm, '$1 127.0.0.1:$2').replaceAll('/run/secrets/', '/run/secrets/$host/')

/** What the stack gives to its service of nginx, where nothing else is said. */
async function readVariables(): Promise<Record<string, string>> {
  const stack = parse(await readFile('docker/services.yaml', 'utf8'), { merge: true }) as Stack
  const given = Object.entries(stack.services?.nginx?.environment ?? {})
  return Object.fromEntries(given.map(([name, value]) => [name, unset(value)]))
}

interface Stack {
  readonly services?: { readonly nginx?: { readonly environment?: Readonly<Record<string, string>> } }
}

/** As Compose reads a value whose variables nobody sets. */
const unset = (value: string): string => value.replaceAll(/\$\{\w+(?::?-([^}]*))?\}/g, '$1').replaceAll('$$', '$')
