/** For a statement with `IN (…)`: as many marks as values, up to a power of two, so that there are few texts to prepare. What fills up is there already. */
export function inList(values: readonly string[]): { readonly marks: string; readonly values: readonly string[] } {
  const [first = ''] = values
  const filled = Array.from({ length: 2 ** Math.ceil(Math.log2(values.length)) }, (_, at) => values[at] ?? first)
  return { marks: filled.map(() => '?').join(', '), values: filled }
}
