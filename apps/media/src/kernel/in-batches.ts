const atOnce = 256

/** For statements with `IN (…)`: `marks` are as many as `some`. */
export async function inBatches(ids: readonly string[], work: (marks: string, some: readonly string[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce)
    await work(some.map(() => '?').join(', '), some)
  }
}
