import type { Sql } from '@holdfast/database'
import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import type { Authenticated } from './authenticate.ts'

/** What is shown of a session: where it was begun, and by what. */
export interface SessionView {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  /** Null in those from before it was kept. */
  readonly network: string | null
  readonly client: string | null
  /** Whether it is the one of who asks. */
  readonly isCurrent: boolean
}

interface SessionRow {
  readonly id: string
  readonly created_at: number
  readonly expires_at: number
  readonly network: string | null
  readonly client: string | null
}

/** One's own that have neither ended nor run out, in the order they were begun. Throws `request.cursor_invalid`. */
export async function listSessions(
  sql: Sql,
  principal: Authenticated,
  { limit, cursor, now }: PageRequest & { readonly now: number },
): Promise<Page<SessionView>> {
  const [after] = cursor === undefined ? [''] : decodeCursor(cursor, 1)
  const rows = await sql.all<SessionRow>(
    `SELECT id, created_at, expires_at, network, client FROM session
     WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? AND id > ? ORDER BY id LIMIT ?`,
    [principal.userId, now, String(after), limit + 1],
  )
  return toPage(rows, limit, ({ id }) => [id], toSession(principal))
}

const toSession =
  ({ via, credentialId }: Authenticated) =>
  ({ id, created_at, expires_at, network, client }: SessionRow): SessionView => ({
    ...{ id, network, client },
    createdAt: created_at,
    expiresAt: expires_at,
    isCurrent: via === 'token' && id === credentialId,
  })
