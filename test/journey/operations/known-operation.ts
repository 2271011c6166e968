import type { Account } from '../../service/accounts.ts'
import type { Client } from '../../service/client.ts'

/** What the making of a subject may use. */
export interface World {
  readonly url: string
  readonly dataDir: string
  readonly settings: Readonly<Record<string, string>>
  readonly owner: Client
  readonly ownerAccount: Account
  /** The id of another user of the tenant. */
  readonly reader: string
  /** In the name or the content of what is made: nobody but the owner may ever read it. */
  readonly marker: string
}

/** A request, but for its path. */
export interface Call {
  /** The user that the path names beside what it is about, where it does. */
  readonly user?: string
  readonly query?: Readonly<Record<string, string>>
  readonly json?: Readonly<Record<string, unknown>>
  readonly bytes?: Uint8Array
}

/** How an operation of the document is called, and what each who calls it is answered. */
export interface KnownOperation {
  /** What it is about: made by the owner, seen by nobody else. Gives the id that stands in the path. */
  readonly subject?: (world: World) => Promise<string>
  readonly call?: (world: World, id: string) => Call
  /** The status for the owner, who is an administrator and an operator too. */
  readonly owner: number
  /** For an editor of the same tenant. */
  readonly colleague: number
  /** For an administrator and operator of another tenant. */
  readonly foreigner: number
  /** The owner's answer holds the marker, so that its absence from the others' means something. */
  readonly tells?: true
}

export type KnownOperations = Readonly<Record<string, KnownOperation>>

export const freshName = () => `fresh-${crypto.randomUUID()}`
