/** The steps between which the process may die, in the order in which they are made. The torture test kills it at each of them. */
export const crashPoints = [
  // A request that changes something, by its Idempotency-Key.
  'request.looked-up',
  'request.claimed',
  'request.effect-written',
  'request.answer-written',
  'request.committed',
  // T1 and T2; T3 is the commit of the request.
  'upload.reserved',
  'upload.receiving',
  'upload.stored',
  // T6 to T8.
  'purge.decided',
  'purge.deleted',
  'purge.finished',
  // T9.
  'erase.decided',
  'erase.deleted',
  // T1 and T2 of thumbnails; T3 is the commit of the message.
  'thumbnail.reserved',
  'thumbnail.stored',
  // The bytes of any condemned blob.
  'blob.deleted',
  // T10 and T11.
  'reap.discarded',
  'sweep.deleted',
] as const

/** Called with the name of the step that was just made. Does nothing but in the torture test. */
export type CrashPoint = (name: (typeof crashPoints)[number]) => void
