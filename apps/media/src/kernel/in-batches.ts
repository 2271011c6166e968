import { inList } from './in-list.ts'

const atOnce = 256

/** For statements with `IN (…)`, as `inList` gives what is in it: `marks` are as many as `some`. */
export async function inBatches(ids: readonly string[], work: (marks: string, some: readonly string[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const { marks, values } = inList(ids.slice(from, from + atOnce))
    await work(marks, values)
  }
}
