import { isIP } from 'node:net'

/** One setting: its name in the environment, what it means, and how its text becomes a value. */
export interface Setting<Value> {
  readonly name: string
  readonly description: string
  /** As it would be written in the environment; undefined: the setting may be left out. */
  readonly defaultText: string | undefined
  /** Never shown, and also read from the file that `NAME_FILE` names. */
  readonly secret: boolean
  /** Throws SettingProblem. */
  readonly parse: (text: string) => Value
}

/** What is wrong with a setting, and how to mend it. Neither ever holds the value: it may be a secret in the wrong place. */
export class SettingProblem extends Error {
  override readonly name = 'SettingProblem'
  readonly suggestion: string

  constructor(reason: string, suggestion: string) {
    super(reason)
    this.suggestion = suggestion
  }
}

export function setting<Value>(
  name: string,
  defaultText: string | undefined,
  description: string,
  parse: (text: string) => Value,
  options: { readonly secret?: boolean } = {},
): Setting<Value> {
  return { name, defaultText, description, parse, secret: options.secret ?? false }
}

export const text = (value: string): string => value

export function oneOf<const Choice extends string>(...choices: Choice[]): (value: string) => Choice {
  return (value) => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new SettingProblem('is none of the values it may have', `use one of ${choices.join(', ')}`)
    return found
  }
}

export function listOf<const Choice extends string>(...choices: Choice[]): (value: string) => readonly Choice[] {
  const one = oneOf(...choices)
  return (value) => value.split(',').map((item) => one(item.trim()))
}

export function integer(min: number, max: number, unit: string): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new SettingProblem('is not a whole number in its range', `give ${unit} from ${min} to ${max}`)
  }
}

/** Names with pixels: `small=128,medium=512`. */
export function thumbnailSizes(value: string): Readonly<Record<string, number>> {
  const sizes = value.split(',').map((size) => /^\s*([a-z][a-z0-9-]{0,19})=(\d{1,4})\s*$/.exec(size))
  const named = new Map(sizes.map((size) => [size?.[1] ?? '', Number(size?.[2] ?? 0)]))
  if (named.size === sizes.length && [...named.values()].every((pixels) => pixels >= 16 && pixels <= 4096)) return Object.fromEntries(named)
  throw new SettingProblem('is no list of sizes', 'write names with pixels from 16 to 4096, as small=128,medium=512')
}

/** Milliseconds from a number of seconds. */
export function secondsAsMs(minSeconds: number, maxSeconds: number): (value: string) => number {
  const seconds = integer(minSeconds, maxSeconds, 'seconds')
  return (value) => seconds(value) * 1000
}

export function number(min: number, max: number): (value: string) => number {
  return (value) => {
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
    if (parsed >= min && parsed <= max) return parsed
    throw new SettingProblem('is not a number in its range', `give a number from ${min} to ${max}`)
  }
}

export function httpUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SettingProblem('is not a URL of a web server', 'write it as http://HOST:PORT or https://HOST')
  }
  return value.replace(/\/+$/, '')
}

/** The address of a hub, without credentials: those are tokens. */
export function hubUrl(value: string): string {
  const { pathname, username, search, hash } = new URL(httpUrl(value))
  if (pathname !== '/' && username + search + hash === '') return value
  throw new SettingProblem('is not the URL of a hub', 'write it as https://HOST/.well-known/mercure, without credentials')
}

/** One key a line, the newest first: two while one takes the place of the other. RFC 7518, 3.2: a shorter key than its digest is easier to guess. */
export function sharedSecrets(value: string): readonly [Uint8Array, ...Uint8Array[]] {
  const [newest = '', ...before] = value.split(/\r?\n/)
  if (before.length > 1)
    throw new SettingProblem('holds more than two secrets', 'keep the newest, in the first line, and the one before it')
  if (before.includes(newest)) throw new SettingProblem('holds the same secret twice', 'put a new one in the first line')
  const toKey = (line: string) => new TextEncoder().encode(line)
  const keys = [toKey(newest), ...before.map(toKey)] as const
  if (keys.every(({ length }) => length >= 32)) return keys
  throw new SettingProblem('is too short to sign with', 'give 32 characters or more, as of `openssl rand -base64 32`')
}

/** `scheme:` alone stands for the default place; `scheme:PATH` for a place of one's own. */
function localUrl(scheme: string, orElse: string): (value: string) => { readonly path: string | undefined } {
  return (value) => {
    if (!value.startsWith(`${scheme}:`)) {
      throw new SettingProblem(
        'names a server or scheme that this release does not speak',
        `use ${scheme}: or ${scheme}:/a/path, or ${orElse}`,
      )
    }
    const path = value.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, '')
    if (path.includes('\0')) throw new SettingProblem('holds a NUL character', 'remove it')
    return { path: path === '' ? undefined : path }
  }
}

/** A folder, as `localUrl` has it, or Azure Blob Storage, which other settings name. */
export function storageUrl(value: string): { readonly store: 'folder'; readonly path: string | undefined } | { readonly store: 'azure' } {
  return value === 'azure:' ? { store: 'azure' } : { store: 'folder', ...localUrl('file', 'azure:')(value) }
}

/** A location of a proxy: `/.blobs/`. */
export function locationPath(value: string): string {
  if (/^\/(?:[\w.-]+\/)+$/.test(value)) return value
  throw new SettingProblem('is no path of a location', 'begin and end it with a slash, as /.blobs/')
}

export function containerName(value: string): string {
  if (/^(?!.*--)[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/.test(value)) return value
  throw new SettingProblem('is no name of a container', 'use 3 to 63 small letters, digits and single hyphens')
}

/** Undefined where a percent sign begins no code of a character. */
export function decodePercents(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Whether it is a URL. Throws where its user or password cannot be read: drivers do not say what is wrong, or where. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  if ([username, password].every((part) => decodePercents(part) !== undefined)) return true
  throw new SettingProblem('holds a percent sign that begins no code of a character', 'write % in a user or a password as %25')
}

/** The nodes of a RabbitMQ; none for `sql:`, where the database itself carries messages. */
export function brokerUrls(value: string): readonly string[] {
  if (value === 'sql:') return []
  const urls = value.split(',').map((url) => url.trim())
  if (urls.every((url) => /^amqps?:\/\/[^/]/.test(url) && isAddress(url))) return urls
  throw new SettingProblem('is no transport that this release speaks', 'use sql:, or amqp://USER:PASSWORD@HOST:PORT/VHOST')
}

/** The nodes of a Redis. */
export function redisUrls(value: string): readonly string[] {
  const urls = value.split(',').map((url) => url.trim())
  if (urls.every((url) => /^rediss?:\/\/[^/]/.test(url) && isAddress(url))) return urls
  throw new SettingProblem('is not the address of a Redis', 'write it as redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]')
}

/** A folder, as `localUrl` has it, or the address of a mail server. */
export function mailerDsn(value: string): { readonly path: string | undefined } | { readonly url: string } {
  if (!/^smtps?:/.test(value)) return localUrl('file', 'smtp://[USER:PASSWORD@]HOST:PORT')(value)
  if (/^smtps?:\/\/[^/]/.test(value) && isAddress(value)) return { url: value }
  throw new SettingProblem('is not the address of a mail server', 'write it as smtp://[USER:PASSWORD@]HOST:PORT')
}

export function emailAddress(value: string): string {
  if (value.length <= 254 && /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(value)) return value
  throw new SettingProblem('is no address of a mailbox', 'write it as name@example.org')
}

/** Addresses and networks of IPv4 and IPv6. */
export function networks(value: string): readonly string[] {
  const given = value.split(',').map((network) => network.trim())
  if (given.every(isNetwork)) return given
  throw new SettingProblem('holds something that is no address', 'write addresses and networks, as 10.0.0.7,10.1.0.0/16,fd00::/8')
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/')
  return rest.length === 0 && isIP(address) > 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIP(address) === 4 ? 32 : 128)
}

/** The address of an Elasticsearch; undefined for `sql:`, where the database itself is searched. */
export function searchUrl(value: string): string | undefined {
  if (value === 'sql:') return undefined
  const url = isAddress(value) ? new URL(value) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && /^\/([a-z0-9][a-z0-9-]*\/?)?$/.test(url.pathname)) return value
  throw new SettingProblem('is no index that this release speaks', 'use sql:, or http(s)://[USER:PASSWORD@]HOST:PORT[/PREFIX]')
}

const mysqlUrl = /^mysql:\/\/[^\s/@]+@[^\s/@]+\/[^\s/?]+(\?\S+)?$/

/** A place on this machine, as `localUrl` has it, or the nodes of a MySQL database. */
export function databaseUrl(
  value: string,
): { readonly engine: 'sqlite'; readonly path: string | undefined } | { readonly engine: 'mysql'; readonly urls: readonly string[] } {
  if (!value.startsWith('mysql:')) return { engine: 'sqlite', ...localUrl('sqlite', 'mysql://USER:PASSWORD@HOST:PORT/NAME')(value) }
  const urls = value.split(',').map((url) => url.trim())
  if (urls.every((url) => mysqlUrl.test(url) && isAddress(url))) return { engine: 'mysql', urls }
  throw new SettingProblem('is not the address of a MySQL database', 'write it as mysql://USER:PASSWORD@HOST:PORT/NAME')
}
