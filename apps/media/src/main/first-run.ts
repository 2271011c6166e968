import { type FirstCredentials, firstRun, wereMade } from '../accounts/first-run.ts'
import type { Holdfast } from './app.ts'
import type { Config } from './config.ts'
import { firstRunPath, keepPending, renewUrl, settlePending } from './first-run-file.ts'

/**
 * In an empty database makes the first credentials. In dev and test they are on the disk before the commit, so that no crash loses
 * them: what one left half-done, the next start settles.
 */
export async function makeFirstCredentials(holdfast: Holdfast): Promise<FirstCredentials | undefined> {
  const { config, media, passwords } = holdfast
  const { dataDir } = config
  const deps = { inTransaction: media.inTransaction, read: media.read, passwords }
  if (!keepsCredentials(config)) return firstRun(deps)
  const made = await firstRun({ ...deps, keep: (credentials) => keepPending(dataDir, credentials) })
  await settlePending(dataDir, (credentials) => wereMade(media.read, credentials))
  return made
}

/** Tells where it listens and, the first time, how to log in. Before this, `/readyz` says that it is starting. */
export async function welcome({ config }: Pick<Holdfast, 'config'>, url: string, made: FirstCredentials | undefined): Promise<void> {
  const publicUrl = config.http.publicUrl ?? url
  if (keepsCredentials(config)) await renewUrl(config.dataDir, publicUrl)
  if (config.appEnv === 'dev') process.stdout.write(`${greeting(config, publicUrl, made).join('\n')}\n`)
  // The only time that they are seen, and one JSON object as every line is.
  else if (made !== undefined) process.stdout.write(`${JSON.stringify({ firstRun: { url: publicUrl, ...pickCredentials(made) } })}\n`)
}

const keepsCredentials = ({ appEnv }: Pick<Config, 'appEnv'>) => appEnv === 'dev' || appEnv === 'test'

function greeting({ dataDir }: Config, url: string, made: FirstCredentials | undefined): string[] {
  const kept = firstRunPath(dataDir)
  const logIn = made
    ? [`  log in    ${made.email} with the password ${made.password}`, `  API key   ${made.apiKey}`, `            (kept in ${kept})`]
    : [`  log in    with the credentials of the first run, kept in ${kept}`]
  return ['', `  Holdfast  ${url}`, `  docs      ${url}/docs`, ...logIn, '  stop      Ctrl-C', '']
}

const pickCredentials = ({ email, password, apiKey }: FirstCredentials): FirstCredentials => ({ email, password, apiKey })
