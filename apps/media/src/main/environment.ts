import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from './config-error.ts'
import { listening } from './listening.ts'
import { type Setting, SettingProblem } from './setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads `.env`, `.env.local`, `.env.$APP_ENV`, `.env.$APP_ENV.local` of `root`, each stronger than the one before, and then the environment. */
export function withEnvFiles(root: string, environment: Environment = process.env): Environment {
  const base = { ...readEnvFile(root, '.env'), ...readEnvFile(root, '.env.local') }
  const appEnv = environment['APP_ENV'] ?? base['APP_ENV'] ?? listening.appEnv.defaultText
  return { ...base, ...readEnvFile(root, `.env.${appEnv}`), ...readEnvFile(root, `.env.${appEnv}.local`), ...environment }
}

function readEnvFile(root: string, name: string): Environment {
  try {
    return parseEnv(readFileSync(join(root, name), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new ConfigError([{ name, reason: 'cannot be read', suggestion: 'mend its permissions, or remove it' }])
  }
}

/** The text of a setting, from its variable or from the file that `NAME_FILE` names. Empty is the same as left out. */
export function readText(environment: Environment, { name, secret }: Setting<unknown>): string | undefined {
  const direct = environment[name] || undefined
  const file = secret ? environment[`${name}_FILE`] || undefined : undefined
  if (file === undefined) return direct
  if (direct !== undefined) throw new SettingProblem(`is given twice, by ${name} and by ${name}_FILE`, 'keep one of them')
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined
  } catch {
    throw new SettingProblem(`names a file by ${name}_FILE that cannot be read`, 'check its path and its permissions')
  }
}
