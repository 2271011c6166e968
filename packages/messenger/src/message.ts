import type { StandardSchema } from './standard-schema.ts'

/** What both ends of a message agree on. `Input` is dispatched, `Output` is what the schema makes of it for the handler. */
export interface Contract<Input = unknown, Output = unknown> {
  /** Names the subject, the deed and the version of the schema: `media.purge-file.v1`. */
  readonly name: string
  readonly schema: StandardSchema<Input, Output>
  /** Where it travels unless a dispatch says otherwise. */
  readonly lane: string
}

/** Declares a message. Another shape of payload is another version, so that old and new processes can run side by side. */
export function message<Input, Output>(
  name: string,
  schema: StandardSchema<Input, Output>,
  { lane }: { readonly lane: string },
): Contract<Input, Output> {
  return { name, schema, lane }
}
