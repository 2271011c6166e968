/** What stands before a process. */
export interface Front extends AsyncDisposable {
  readonly url: string
}

/** Where a house stands that is not embedded. */
export interface Ground extends AsyncDisposable {
  /** Of each process in turn: where there are several nodes, it begins at the next one. */
  nextSettings(): Readonly<Record<string, string>>
  /** What clients speak to instead of a process, by its URL. */
  readonly openFront?: ((url: string) => Promise<Front>) | undefined
}

let take = async (): Promise<Ground | undefined> => undefined

/** Undefined where houses are embedded. */
export const takeGround = (): Promise<Ground | undefined> => take()

/** Houses of this process stand there from here on. */
export function chooseGround(takeOne: () => Promise<Ground>): void {
  take = takeOne
}
