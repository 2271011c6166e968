/**
 * Keeps texts that can be made again. A key tells all that its text depends on, versions included, so that nothing here is ever out of date: it is
 * found or it is not. Rejects where what keeps them cannot be reached.
 */
export interface Cache {
  get(key: string): Promise<string | undefined>
  /** What is too large to be worth it is not kept, nor is anything for ever. */
  put(key: string, text: string): Promise<void>
}

/** In UTF-16 units. A page of a thousand entries has half of that. */
export const maxTextLength = 2 ** 20
