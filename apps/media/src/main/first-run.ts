import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { TenantCredentials } from '../accounts/create-tenant.ts'
import { firstRun } from '../accounts/first-run.ts'
import type { Holdfast } from './app.ts'
import type { Config } from './config.ts'

type Credentials = Pick<TenantCredentials, 'email' | 'password' | 'apiKey'>

const firstRunFile = z.object({ url: z.string(), email: z.string(), password: z.string(), apiKey: z.string() })

/** In an empty database makes the first credentials, and in dev and test keeps them, so that a crash after this loses nothing. */
export async function makeFirstCredentials(holdfast: Holdfast): Promise<Credentials | undefined> {
  const { config, media, passwords } = holdfast
  const made = await firstRun({ inTransaction: media.inTransaction, read: media.read, passwords })
  if (made !== undefined && keepsCredentials(config)) await writeFirstRun(config.dataDir, made, '')
  return made
}

/** Tells where it listens and, the first time, how to log in. Before this, `/readyz` says that it is starting. */
export async function welcome({ config }: Pick<Holdfast, 'config'>, url: string, made: Credentials | undefined): Promise<void> {
  const publicUrl = config.http.publicUrl ?? url
  if (keepsCredentials(config)) await renewUrl(config.dataDir, publicUrl)
  if (config.appEnv === 'dev') process.stdout.write(`${greeting(config, publicUrl, made).join('\n')}\n`)
  // The only time that they are seen, and one JSON object as every line is.
  else if (made !== undefined) process.stdout.write(`${JSON.stringify({ firstRun: { url: publicUrl, ...pickCredentials(made) } })}\n`)
}

const keepsCredentials = ({ appEnv }: Pick<Config, 'appEnv'>) => appEnv === 'dev' || appEnv === 'test'

function greeting({ dataDir }: Config, url: string, made: Credentials | undefined): string[] {
  const kept = join(dataDir, 'first-run.json')
  const logIn = made
    ? [`  log in    ${made.email} with the password ${made.password}`, `  API key   ${made.apiKey}`, `            (kept in ${kept})`]
    : [`  log in    with the credentials of the first run, kept in ${kept}`]
  return ['', `  Holdfast  ${url}`, `  docs      ${url}/docs`, ...logIn, '  stop      Ctrl-C', '']
}

const pathOf = (dataDir: string) => join(dataDir, 'first-run.json')

const pickCredentials = ({ email, password, apiKey }: Credentials): Credentials => ({ email, password, apiKey })

async function renewUrl(dataDir: string, url: string): Promise<void> {
  const text = await readFile(pathOf(dataDir), 'utf8').catch(() => undefined)
  const kept = text === undefined ? undefined : firstRunFile.safeParse(JSON.parse(text)).data
  if (kept !== undefined && kept.url !== url) await writeFirstRun(dataDir, kept, url)
}

/** Whole or not at all, and readable by its owner alone. */
async function writeFirstRun(dataDir: string, credentials: Credentials, url: string): Promise<void> {
  const path = pathOf(dataDir)
  const beside = `${path}.${process.pid}`
  const handle = await open(beside, 'w', 0o600)
  await handle.writeFile(`${JSON.stringify({ url, ...pickCredentials(credentials) }, undefined, 2)}\n`)
  await handle.sync()
  await handle.close()
  await rename(beside, path)
}
