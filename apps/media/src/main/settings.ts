import { kinds } from '../media/media-type.ts'
import {
  brokerUrls,
  databaseUrl,
  httpUrl,
  integer,
  listOf,
  localUrl,
  number,
  oneOf,
  searchUrl,
  secondsAsMs,
  setting,
  text,
} from './setting.ts'

const maxSeconds = 10 * 365 * 24 * 3600
const maxBytes = 2 ** 40
const mebibyte = 2 ** 20

/** Every setting there is. docs/settings.md is held to this table by a test. */
export const settings = {
  appEnv: setting('APP_ENV', 'dev', 'Which defaults and which strictness apply', oneOf('dev', 'test', 'staging', 'prod')),
  host: setting('HOST', '127.0.0.1', 'Address to listen on', text),
  port: setting('PORT', '3000', 'Port to listen on; 0 takes a free one', integer(0, 65_535, 'a port')),
  healthPort: setting(
    'HEALTH_PORT',
    undefined,
    'Where `holdfast work` answers `/livez`, `/readyz`, `/startupz` and `/metrics`; nowhere where left out',
    integer(1, 65_535, 'a port'),
  ),
  publicUrl: setting('PUBLIC_URL', undefined, 'How clients reach it; `http://HOST:PORT` where left out', httpUrl),
  dataDir: setting('DATA_DIR', 'var', 'Folder of everything that is kept on this machine', text),
  databaseUrl: setting(
    'DATABASE_URL',
    'sqlite:',
    'The database: `sqlite:` is `DATA_DIR/holdfast.db`; or `mysql://USER:PASSWORD@HOST:PORT/NAME`, several nodes of a cluster with commas between',
    databaseUrl,
    { secret: true },
  ),
  transportDsn: setting(
    'MESSENGER_TRANSPORT_DSN',
    'sql:',
    'What carries messages: `sql:` is the database itself; or `amqp://USER:PASSWORD@HOST:PORT/VHOST`, a RabbitMQ, several nodes of a cluster with commas between',
    brokerUrls,
    { secret: true },
  ),
  storageUrl: setting('STORAGE_URL', 'file:', 'Where blobs are kept; `file:` is `DATA_DIR/blobs`', localUrl('file')),
  searchUrl: setting(
    'SEARCH_URL',
    'sql:',
    'What is searched: `sql:` is the database itself; or `http(s)://[USER:PASSWORD@]HOST:PORT[/PREFIX]`, an Elasticsearch 9, in which every name of ours begins with the prefix, `holdfast` where left out',
    searchUrl,
    { secret: true },
  ),
  jwtKeysDir: setting('JWT_KEYS_DIR', undefined, 'Folder of the signing keys; `DATA_DIR/keys` where left out', text),
  jwtTtlMs: setting('JWT_TTL_SECONDS', '900', 'Life of an access token', secondsAsMs(1, 86_400)),
  idempotencyTtlMs: setting('IDEMPOTENCY_TTL_SECONDS', '86400', 'How long an answer can be asked for again', secondsAsMs(1, maxSeconds)),
  idempotencyLeaseMs: setting(
    'IDEMPOTENCY_LEASE_MS',
    '10000',
    'How long the key of a crashed or abandoned request stays taken',
    integer(100, 10_000, 'milliseconds'),
  ),
  purgeDelayMs: setting('MEDIA_PURGE_DELAY_SECONDS', '2592000', 'Between a delete and its purge', secondsAsMs(0, maxSeconds)),
  quotaBytes: setting(
    'MEDIA_TENANT_QUOTA_BYTES',
    undefined,
    'Bytes that a tenant may keep; no limit where left out',
    integer(0, maxBytes, 'bytes'),
  ),
  acceptedKinds: setting('MEDIA_ACCEPTED_KINDS', kinds.join(','), 'Kinds of files that are accepted', listOf(...kinds)),
  maxImageBytes: setting('MEDIA_MAX_IMAGE_BYTES', `${20 * mebibyte}`, 'Largest image', integer(0, maxBytes, 'bytes')),
  maxDocumentBytes: setting('MEDIA_MAX_DOCUMENT_BYTES', `${20 * mebibyte}`, 'Largest document', integer(0, maxBytes, 'bytes')),
  maxAudioBytes: setting('MEDIA_MAX_AUDIO_BYTES', `${200 * mebibyte}`, 'Largest audio file', integer(0, maxBytes, 'bytes')),
  maxArchiveBytes: setting('MEDIA_MAX_ARCHIVE_BYTES', `${500 * mebibyte}`, 'Largest archive', integer(0, maxBytes, 'bytes')),
  maxVideoBytes: setting('MEDIA_MAX_VIDEO_BYTES', `${2048 * mebibyte}`, 'Largest video', integer(0, maxBytes, 'bytes')),
  maxOtherBytes: setting('MEDIA_MAX_OTHER_BYTES', `${2048 * mebibyte}`, 'Largest file of any other kind', integer(0, maxBytes, 'bytes')),
  reservationMs: setting(
    'MEDIA_RESERVATION_SECONDS',
    '3600',
    'How long an upload may pause before its room is given away',
    secondsAsMs(1, maxSeconds),
  ),
  sweepEveryMs: setting('MEDIA_SWEEP_EVERY_SECONDS', '21600', 'Between two sweeps of the store', secondsAsMs(1, maxSeconds)),
  sweepMinAgeMs: setting('MEDIA_SWEEP_MIN_AGE_SECONDS', '86400', 'A stray key younger than this is left alone', secondsAsMs(0, maxSeconds)),
  sweepMinSightings: setting(
    'MEDIA_SWEEP_MIN_SIGHTINGS',
    '2',
    'Sweeps that must see a stray key before it is deleted',
    integer(1, 100, 'a count'),
  ),
  sweepMaxDeletions: setting(
    'MEDIA_SWEEP_MAX_DELETIONS',
    '1000',
    'Stray keys that one sweep deletes at most',
    integer(0, 1_000_000, 'a count'),
  ),
  maxAttempts: setting(
    'MESSENGER_MAX_ATTEMPTS',
    '5',
    'Attempts at a message before it goes to the failed store',
    integer(1, 100, 'a count'),
  ),
  retryDelayMs: setting('MESSENGER_RETRY_DELAY_MS', '1000', 'Before the second attempt', integer(1, 86_400_000, 'milliseconds')),
  retryMultiplier: setting('MESSENGER_RETRY_MULTIPLIER', '2', 'Growth of that delay from attempt to attempt', number(1, 10)),
  retryMaxDelayMs: setting('MESSENGER_RETRY_MAX_DELAY_MS', '3600000', 'Ceiling of that delay', integer(1, 86_400_000 * 30, 'milliseconds')),
  messageLeaseMs: setting(
    'MESSENGER_LEASE_MS',
    '10000',
    'How long the message of a crashed worker stays taken',
    integer(100, 10_000, 'milliseconds'),
  ),
  messageRetentionMs: setting(
    'MESSENGER_RETENTION_SECONDS',
    '604800',
    'How long handled messages are kept to be shown',
    secondsAsMs(1, maxSeconds),
  ),
  requestRetentionMs: setting(
    'REQUEST_RETENTION_SECONDS',
    '7776000',
    'How long the requests that changed something are kept for their stories',
    secondsAsMs(1, maxSeconds),
  ),
  shutdownGraceMs: setting(
    'SHUTDOWN_GRACE_SECONDS',
    '20',
    'What runs when the process is told to stop may finish within this',
    secondsAsMs(0, 3_600),
  ),
  idleTimeoutMs: setting('HTTP_IDLE_TIMEOUT_SECONDS', '30', 'A body that stalls this long is given up', secondsAsMs(1, 3_600)),
  minBytesPerSecond: setting(
    'HTTP_MIN_BYTES_PER_SECOND',
    '1024',
    'A body slower than this, after its first idle time-out, is given up',
    integer(0, maxBytes, 'bytes'),
  ),
  logLevel: setting('LOG_LEVEL', 'info', 'Least level that is logged', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')),
} as const

/** Names of the public face whose parts this release does not have yet. Setting one is refused: it would be silently without effect. */
export const laterSettings: readonly string[] = [
  'AZURE_BLOB_ENDPOINT',
  'AZURE_BLOB_CONTAINER',
  'AZURE_BLOB_SAS_TOKEN',
  'AZURE_BLOB_ACCOUNT_KEY',
  'REDIS_URL',
  'MERCURE_URL',
  'MERCURE_PUBLIC_URL',
  'MERCURE_JWT_SECRET',
  'MAILER_DSN',
  'APP_SENDER_EMAIL',
]
