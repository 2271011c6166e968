import { z } from 'zod'

/** What a backup tells of itself. The rows of the blobs name each blob with its size and its SHA-256. */
export const backupManifest = z.object({
  format: z.literal(1),
  /** The release that made it. */
  version: z.string(),
  madeAt: z.iso.datetime(),
  dialect: z.enum(['sqlite', 'mysql']),
  migrations: z.array(z.string()),
  /** Rows by table. */
  tables: z.record(z.string().regex(/^[a-z_]+$/), z.int().min(0)),
  blobs: z.object({
    /** `reference`: they stay where they are, and are not in the backup. */
    kept: z.enum(['copy', 'reference']),
    count: z.int().min(0),
    bytes: z.int().min(0),
    /** Keys of those that were missing, or other than their row says, in the house already. */
    damaged: z.array(z.string()),
  }),
})

export type BackupManifest = z.infer<typeof backupManifest>

export const names = {
  manifest: 'manifest.json',
  sums: 'SHA256SUMS',
  keys: 'keys.json',
  rowsOf: (table: string) => `rows/${table}.jsonl`,
  blob: (key: string) => `blobs/${key}`,
} as const

/** Nothing else is ever read from a backup. */
export const knownName = /^(manifest\.json|keys\.json|rows\/[a-z_]+\.jsonl|blobs\/[0-9a-f]{2}\/[0-9a-f]{32})$/
