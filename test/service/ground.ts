/** Where a house stands that is not embedded. */
export interface Ground extends AsyncDisposable {
  /** Of each process in turn: where there are several nodes, it begins at the next one. */
  nextSettings(): Readonly<Record<string, string>>
}

let take = async (): Promise<Ground | undefined> => undefined

/** Undefined where houses are embedded. */
export const takeGround = (): Promise<Ground | undefined> => take()

/** Houses of this process stand there from here on. */
export function chooseGround(takeOne: () => Promise<Ground>): void {
  take = takeOne
}
