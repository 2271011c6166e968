import { createHash } from 'node:crypto'
import { delimiter, join, resolve } from 'node:path'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { type Environment, readText, withEnvFiles } from './environment.ts'
import { decodePercents, type Setting, SettingProblem } from './setting.ts'
import { settings } from './settings.ts'

type Settings = typeof settings
type ValueOf<Entry> = Entry extends Setting<infer Value> ? Value : never
/** A setting without a default may be absent. */
type Values = { readonly [Key in keyof Settings]: ValueOf<Settings[Key]> | undefined }

export type Config = ReturnType<typeof toConfig>

export function loadConfig(root: string, environment?: Environment): Config {
  return parseConfig(withEnvFiles(root, environment))
}

/** Throws ConfigError. */
export function parseConfig(environment: Environment): Config {
  const problems: ConfigProblem[] = []
  const isProd = environment['APP_ENV'] === 'prod'
  const values: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries<Setting<unknown>>(settings)) {
    try {
      const given = readText(environment, entry)
      if (isProd && given !== undefined) refuseDefaultSecret(entry, given)
      const chosen = given ?? entry.defaultText
      values[key] = chosen === undefined ? undefined : entry.parse(chosen)
    } catch (error) {
      problems.push(toProblem(entry.name, error))
    }
  }
  problems.push(
    ...azureProblems(values, problems),
    ...accelProblems(values),
    ...mailProblems(values, problems),
    ...mercureProblems(values, problems),
    ...misspelled(environment),
  )
  if (problems.length > 0) throw new ConfigError(problems)
  return toConfig(values as Values, environment['PATH'])
}

/** By its SHA-256: Azurite's, which its documentation tells everybody. */
const publishedKey = '0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059'
const isPublished = (value: string): boolean => createHash('sha256').update(value).digest('hex') === publishedKey

const defaultSecrets = /^(|change-?(me|this).*|!change.*|secret|password|passw0rd|admin|root|guest|test|holdfast|example)$/i

/** A secret that is written in documentation, examples or this file is none. */
function refuseDefaultSecret({ secret }: Setting<unknown>, given: string): void {
  if (!secret) return
  // Several nodes of one database, each with its address.
  const addresses = given.split(',').filter((part) => URL.canParse(part))
  const secrets = addresses.map((address) => new URL(address)).filter(({ username, password }) => username + password !== '')
  const values = addresses.length === 0 ? given.split(/\r?\n/) : secrets.map(({ password }) => decodePercents(password) ?? password)
  if (values.some((value) => defaultSecrets.test(value) || isPublished(value))) {
    throw new SettingProblem('is, or holds, a default secret', 'prod takes none: make one of your own, as with `openssl rand -base64 32`')
  }
}

function toProblem(name: string, error: unknown): ConfigProblem {
  if (!(error instanceof SettingProblem)) throw error
  return { name, reason: error.message, suggestion: error.suggestion }
}

/** Named by nothing else: half an address would be found out at the first upload. */
function azureProblems(
  { storageUrl, azureBlobEndpoint, azureBlobContainer, azureBlobSasToken, azureBlobAccountKey }: Partial<Values>,
  told: readonly ConfigProblem[],
) {
  if (storageUrl?.store !== 'azure') return []
  const problem = (name: string, reason: string, suggestion: string): ConfigProblem => ({ name, reason, suggestion })
  const missing = { AZURE_BLOB_ENDPOINT: azureBlobEndpoint, AZURE_BLOB_CONTAINER: azureBlobContainer }
  const problems = Object.entries(missing)
    .filter(([name, value]) => value === undefined && told.every((problem) => problem.name !== name))
    .map(([name]) => problem(name, 'is missing, and STORAGE_URL is azure:', 'give it'))
  if (azureBlobSasToken === undefined || azureBlobAccountKey === undefined) return problems
  return [...problems, problem('AZURE_BLOB_SAS_TOKEN', 'is given beside AZURE_BLOB_ACCOUNT_KEY', 'keep one of them')]
}

const accelProblems = ({ accelPath, storageUrl }: Partial<Values>): ConfigProblem[] =>
  accelPath !== undefined && storageUrl?.store === 'azure'
    ? [{ name: 'HTTP_ACCEL_PATH', reason: 'is given, and no proxy can read what STORAGE_URL=azure: holds', suggestion: 'leave it out' }]
    : []

function mailProblems({ mailerDsn, senderEmail }: Partial<Values>, told: readonly ConfigProblem[]): ConfigProblem[] {
  if (mailerDsn === undefined || !('url' in mailerDsn) || senderEmail !== undefined) return []
  if (told.some(({ name }) => name === 'APP_SENDER_EMAIL')) return []
  return [{ name: 'APP_SENDER_EMAIL', reason: 'is missing, and MAILER_DSN names a mail server', suggestion: 'give it' }]
}

/** What lacks its other half would be without effect, or fail at the first update. */
function mercureProblems(values: Partial<Values>, told: readonly ConfigProblem[]): ConfigProblem[] {
  const { appEnv, publicUrl, mercureUrl, mercurePublicUrl, mercureJwtSecret } = values
  const isTold = told.some(({ name }) => name.startsWith('MERCURE_') || name === 'PUBLIC_URL')
  if (isTold) return []
  if (mercureUrl !== undefined && mercureJwtSecret === undefined)
    return [{ name: 'MERCURE_JWT_SECRET', reason: 'is missing, and MERCURE_URL names a hub', suggestion: 'give the secret of that hub' }]
  if (mercureUrl !== undefined && mercureJwtSecret !== undefined && mercureJwtSecret.length > 1)
    return [{ name: 'MERCURE_JWT_SECRET', reason: 'holds two, and the hub of MERCURE_URL is told one', suggestion: 'keep the newest' }]
  if (mercureUrl === undefined && mercurePublicUrl !== undefined)
    return [{ name: 'MERCURE_PUBLIC_URL', reason: 'is given without MERCURE_URL', suggestion: 'give both, or neither' }]
  const isTrustingHost = appEnv === 'prod' && mercureUrl === undefined && mercureJwtSecret !== undefined && publicUrl === undefined
  if (!isTrustingHost) return []
  return [{ name: 'PUBLIC_URL', reason: 'is missing, and tokens of MERCURE_JWT_SECRET are made for it', suggestion: 'give it' }]
}

const families = [
  ...['MEDIA', 'MESSENGER', 'IDEMPOTENCY', 'JWT', 'LIVE', 'REDIS', 'HTTP_IDLE', 'HTTP_MAX', 'HTTP_MIN', 'HTTP_TRUSTED'],
  ...['SHUTDOWN', 'MAIL', 'MAILER', 'MERCURE_JWT', 'MERCURE_PUBLIC', 'APP_SENDER', 'APP_OPERATORS'],
]
const ourPrefixes = new RegExp(`^(${families.join('|')})_`)

/** A variable in one of our families that is no setting was meant to be one. */
function misspelled(environment: Environment): ConfigProblem[] {
  const known = new Set(Object.values(settings).flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])))
  return Object.keys(environment)
    .filter((name) => ourPrefixes.test(name) && !known.has(name))
    .map((name) => ({ name, reason: 'is not a setting', suggestion: `did you mean ${nearest(name, [...known])}?` }))
}

function nearest(name: string, candidates: readonly string[]): string | undefined {
  const shared = (candidate: string) => candidate.split('_').filter((word) => name.split('_').includes(word)).length
  return candidates.toSorted((one, other) => shared(other) - shared(one) || one.length - other.length)[0]
}

function toConfig(values: Values, path = '') {
  const v = withDefaults(values)
  const dataDir = resolve(v.dataDir)
  return {
    appEnv: v.appEnv,
    http: httpOf(values, v),
    requestLimits: {
      byPrincipal: perMinute('principal', values.maxRequestsPerMinute ?? (isServing(v.appEnv) ? 6_000 : 0)),
      byAddress: perMinute('address', values.maxUnknownPerMinute ?? (isServing(v.appEnv) ? 600 : 0)),
    },
    dataDir,
    database: placeOf(v.databaseUrl, dataDir),
    blobs:
      v.storageUrl.store === 'azure'
        ? azureOf(values)
        : { folder: v.storageUrl.path ?? join(dataDir, 'blobs'), groupReads: values.accelPath !== undefined },
    searchUrl: values.searchUrl,
    redisUrls: values.redisUrls ?? [],
    mail: {
      to: 'url' in v.mailerDsn ? v.mailerDsn : { folder: v.mailerDsn.path ?? join(dataDir, 'mail') },
      from: values.senderEmail ?? 'holdfast@localhost',
      retentionMs: v.mailRetentionMs,
      language: v.mailLanguage,
      operators: values.operatorsEmail,
      notices: { purgeMs: v.purgeNoticeMs, quotaPercent: v.quotaNoticePercent, failedEveryMs: v.failedNoticeEveryMs },
    },
    keysDir: values.jwtKeysDir ?? join(dataDir, 'keys'),
    tokens: { accessTtlMs: v.jwtTtlMs },
    idempotency: { ttlMs: v.idempotencyTtlMs, leaseMs: v.idempotencyLeaseMs },
    media: {
      purgeDelayMs: v.purgeDelayMs,
      reservationMs: v.reservationMs,
      tenantQuotaBytes: values.quotaBytes,
      acceptedKinds: new Set(v.acceptedKinds),
      maxBytes: maxBytesByKind(v),
    },
    pictures: { maxPixels: v.maxPicturePixels, maxCpuMs: v.maxPictureCpuMs },
    thumbnailSizes: v.thumbnailSizes,
    programFolders: path.split(delimiter),
    sweep: {
      everyMs: v.sweepEveryMs,
      minAgeMs: v.sweepMinAgeMs,
      minSightings: v.sweepMinSightings,
      maxDeletions: v.sweepMaxDeletions,
    },
    messages: {
      retry: {
        maxAttempts: v.maxAttempts,
        delayMs: v.retryDelayMs,
        multiplier: v.retryMultiplier,
        maxDelayMs: v.retryMaxDelayMs,
      },
      leaseMs: v.messageLeaseMs,
      brokerUrls: v.transportDsn,
      retentionMs: v.messageRetentionMs,
    },
    live: liveOf(values, v),
    requestRetentionMs: v.requestRetentionMs,
    shutdown: { drainMs: v.shutdownDrainMs, graceMs: v.shutdownGraceMs },
    logLevel: v.logLevel,
    logFiles: v.logFolder === undefined ? undefined : { folder: v.logFolder, maxAgeMs: v.logRetentionMs, maxBytes: v.logMaxBytes },
  } as const
}

const httpOf = (values: Values, v: ReturnType<typeof withDefaults>) => ({
  host: v.host,
  port: v.port,
  healthPort: values.healthPort,
  publicUrl: values.publicUrl,
  idleTimeoutMs: v.idleTimeoutMs,
  minBytesPerSecond: v.minBytesPerSecond,
  trustedProxies: values.trustedProxies ?? [],
  accelPath: values.accelPath,
})

function azureOf(values: Values) {
  const { azureBlobEndpoint = '', azureBlobContainer = '', azureBlobSasToken, azureBlobAccountKey } = values
  return {
    endpoint: azureBlobEndpoint,
    container: azureBlobContainer,
    sasToken: azureBlobSasToken,
    accountKey: azureBlobAccountKey,
    identity: { endpoint: values.identityEndpoint, header: values.identityHeader, clientId: values.azureClientId },
  }
}

const liveOf = (values: Values, { mercureProtocol, mercureJwtIssuer, liveRetentionMs }: ReturnType<typeof withDefaults>) => ({
  retentionMs: liveRetentionMs,
  protocol: mercureProtocol,
  hub: hubOf(values),
  shared: values.mercureJwtSecret && { issuer: mercureJwtIssuer, keys: values.mercureJwtSecret },
})

const hubOf = ({ mercureUrl: url, mercurePublicUrl }: Values) =>
  url === undefined ? undefined : { url, publicUrl: mercurePublicUrl ?? url }

/** Where people depend on it. In dev and test nothing is limited but on purpose. */
const isServing = (appEnv: string): boolean => appEnv === 'staging' || appEnv === 'prod'

const perMinute = (name: string, quota: number) => (quota === 0 ? undefined : { name, quota, windowSeconds: 60 })

function placeOf(database: ReturnType<typeof withDefaults>['databaseUrl'], dataDir: string) {
  return database.engine === 'sqlite' ? { ...database, path: database.path ?? join(dataDir, 'holdfast.db') } : database
}

function maxBytesByKind(v: ReturnType<typeof withDefaults>) {
  const other = v.maxOtherBytes
  return {
    image: v.maxImageBytes,
    document: v.maxDocumentBytes,
    audio: v.maxAudioBytes,
    archive: v.maxArchiveBytes,
    video: v.maxVideoBytes,
    ...{ text: other, spreadsheet: other, presentation: other, other },
  }
}

/** Every setting with a default has a value once it was parsed. */
function withDefaults(values: Values) {
  return values as { readonly [Key in keyof Settings]: ValueOf<Settings[Key]> }
}
