/** Rejects with what `late` makes when the result takes longer. The work itself goes on: its handle must be closed to it. */
export async function withinTime<Result>(result: Promise<Result>, timeLimitMs: number, late: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeLimitMs)
  })
  try {
    return await Promise.race([result, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
