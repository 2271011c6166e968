import type { Content } from '../content.ts'
import { inState, type KnownFile } from '../ledger.ts'
import type { Session } from '../session.ts'

/** A file as the service shows it. */
export interface FileView {
  readonly id: string
  readonly name: string
  readonly folderId: string | null
  readonly size: number
  readonly sha256: string
  readonly state: string
  readonly tags: readonly string[]
  readonly version: number
}

/** Where an entry goes: the top, or an active folder. */
export function somewhere({ random, ledger }: Session): string | null {
  return random.chance(0.5) ? null : (random.pick(inState(ledger.folders, 'active'))?.id ?? null)
}

export const pickFile = ({ random, ledger }: Session, state: 'active' | 'trashed'): KnownFile | undefined =>
  random.pick(inState(ledger.files, state))

export function addFile({ ledger }: Session, id: string, file: { name: string; folderId: string | null; content: Content }): KnownFile {
  const known: KnownFile = { ...file, id, tags: [], version: 1, state: 'active', trashRoot: undefined, trashSentAt: 0 }
  ledger.files.set(id, known)
  return known
}

/** The service must show what was acknowledged, no more and no less. */
export function compareView({ report }: Pick<Session, 'report'>, known: KnownFile, view: FileView): void {
  const { content, ...properties } = known
  const expected = [properties.name, properties.folderId, content.size, content.sha256, known.version, 'active', [...known.tags].sort()]
  const shown = [view.name, view.folderId, view.size, view.sha256, view.version, view.state, [...view.tags].sort()]
  if (JSON.stringify(shown) === JSON.stringify(expected)) return
  report('file.altered', `${known.id} is ${JSON.stringify(shown)} and should be ${JSON.stringify(expected)}`)
}
