/**
 * Ids for `IN (?, …)`, with the question marks to go with them. The last id is repeated up to a power of two: statements are prepared once per
 * text, so texts must be few.
 */
export function idList(ids: readonly string[]): { readonly marks: string; readonly values: readonly string[] } {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, ids.length)))
  const values = Array.from({ length: size }, (_, index) => ids[Math.min(index, ids.length - 1)] ?? '')
  return { marks: values.map(() => '?').join(', '), values }
}
