/** A room of the house and what its production code may import, besides itself. ARCHITECTURE.md tells the same in words. */
export interface Room {
  /** A folder, or one file that has a rule of its own. A file belongs to the room with the longest path it starts with. */
  readonly path: string
  /** Rooms of the same package or app by their path; packages, ours and npm's, as they are imported. `*` at the end: whatever follows. */
  readonly imports: readonly string[]
  /** The same, for what is erased when it runs. */
  readonly typesOf?: readonly string[]
  /** Each file may import one npm package of its choice, and no other file of the room but in a folder of its own. */
  readonly oneDriverEach?: true
  /** It decides and never reaches out: no sockets, files or processes of Node itself. */
  readonly inward?: true
}

const media = 'apps/media/src'
const subjects = ['kernel', 'media', 'accounts', 'operations', 'mail', 'live'].map((room) => `${media}/${room}`)
/** What a subject may know of the libraries: the transaction with its errors, and the contracts of messages. */
const contracts = ['@holdfast/database', '@holdfast/messenger']

export const rooms: readonly Room[] = [
  { path: 'packages/correlation/src', imports: [] },
  { path: 'packages/correlation/src/fastify.ts', imports: ['packages/correlation/src', 'fastify'] },
  { path: 'packages/correlation/src/fetch.ts', imports: ['packages/correlation/src'] },
  { path: 'packages/correlation/src/log.ts', imports: ['packages/correlation/src', 'pino'] },
  { path: 'packages/correlation/src/opentelemetry.ts', imports: ['packages/correlation/src', '@opentelemetry/api'], typesOf: ['fastify'] },
  { path: 'packages/database/src', imports: [] },
  { path: 'packages/database/src/mysql', imports: ['packages/database/src', 'mysql2'] },
  { path: 'packages/database/src/sqlite', imports: ['packages/database/src'] },
  { path: 'packages/idempotency/src', imports: [] },
  { path: 'packages/idempotency/src/fastify.ts', imports: ['packages/idempotency/src', 'fastify'] },
  { path: 'packages/idempotency/src/memory', imports: ['packages/idempotency/src'] },
  { path: 'packages/idempotency/src/sql', imports: ['packages/idempotency/src'] },
  { path: 'packages/idempotency/src/testing', imports: ['packages/idempotency/src'] },
  { path: 'packages/messenger/src', imports: [] },
  { path: 'packages/messenger/src/amqp', imports: ['packages/messenger/src', 'packages/messenger/src/sql', 'amqplib'] },
  { path: 'packages/messenger/src/memory', imports: ['packages/messenger/src'] },
  { path: 'packages/messenger/src/sql', imports: ['packages/messenger/src'] },
  { path: 'packages/messenger/src/testing', imports: ['packages/messenger/src'] },
  { path: `${media}/kernel`, imports: [], typesOf: contracts, inward: true },
  { path: `${media}/media`, imports: [...subjects, ...contracts, 'file-type', 'zod'], inward: true },
  { path: `${media}/accounts`, imports: [...subjects, ...contracts, 'jose', 'zod'], inward: true },
  { path: `${media}/operations`, imports: [...subjects, ...contracts, 'zod'], inward: true },
  { path: `${media}/mail`, imports: [...subjects, ...contracts, 'zod'], inward: true },
  { path: `${media}/live`, imports: [...subjects, ...contracts, 'jose', 'zod'], inward: true },
  {
    path: `${media}/http`,
    imports: [...subjects, '@holdfast/correlation*', '@holdfast/idempotency*', 'fastify*', '@fastify/*', 'prom-client', 'zod'],
    typesOf: ['@holdfast/database'],
  },
  { path: `${media}/worker`, imports: [...subjects, '@holdfast/messenger'], typesOf: ['@holdfast/database'] },
  { path: `${media}/adapters`, imports: [...subjects, '@holdfast/*', 'zod'], oneDriverEach: true },
  { path: `${media}/main`, imports: ['*'] },
]

/** The only file that reads the environment. */
export const environmentReader = `${media}/main/environment.ts`
