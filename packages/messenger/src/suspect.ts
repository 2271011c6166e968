import type { StoredMessage } from './transport.ts'

const patience = 2

/**
 * Of a message that has lost its worker: whether it may be what ends them. A worker has one suspect in hand at a time, so that one which kills its
 * process does not take those along to the failed store that were merely beside it.
 */
export const isSuspect = ({ attempt }: Pick<StoredMessage, 'attempt'>): boolean => attempt >= patience
