import { type Handler, handle } from '@holdfast/messenger'
import { announceFile, fileUpdate } from '../live/announce-file.ts'
import { type BindTx, committing } from './committing.ts'

/** message -> one update for whoever listens. */
export const liveHandler = ({ bindTx }: { readonly bindTx: BindTx }): Handler =>
  handle(fileUpdate, async ({ payload, envelope, commit }) => committing(bindTx, commit)((tx) => announceFile(tx, envelope.id, payload)))
