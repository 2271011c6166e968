/** What must never happen. The summary prints a count for each, so that a check which found nothing is seen to have looked. */
export const rules = {
  'file.lost': 'acknowledged files that cannot be read',
  'file.altered': 'acknowledged files with other bytes or other properties',
  'file.back': 'deleted files that can be read',
  'list.wrong': 'lists that lack an entry or have one too many',
  'purge.early': 'purges before the last acknowledged delete and the grace',
  'answer.unexpected': 'answers that the state of things does not allow',
  'answer.missing': 'requests without a definite answer',
  'answer.differs': 'replays with other bytes than the first answer',
  'effect.count': 'requests with fewer or more effects than one',
  'receipt.wrong': 'receipts of erasures that do not verify',
  'key.stray': 'stored keys without a live blob',
  'blob.missing': 'live blobs without their bytes',
  'blob.altered': 'live blobs with other bytes than recorded',
  'blob.unfinished': 'blobs that are staging or condemned after the sweep',
  'blob.unreferenced': 'live blobs that nothing refers to',
  'file.blob': 'files whose blob is not live or is another one',
  'quota.sum': 'tenants whose quota is not the sum of their live blobs',
  'name.claim': 'names that are held by nobody, or entries without their name',
  'audit.transition': 'transitions without exactly one audit row',
  'audit.chain': 'breaks in the audit chain',
  'message.undone': 'messages that are due and not done, failed, or missing',
  'client.broke': 'clients that could not go on',
  'node.behind': 'nodes that are not in step with the others at the end',
  'process.end': 'processes that ended otherwise than they were told to',
} as const

export type Rule = keyof typeof rules

export interface Finding {
  readonly rule: Rule
  /** Enough to look for the cause: ids, states, the operation's correlation id. */
  readonly detail: string
}

export type Report = (rule: Rule, detail: string) => void
