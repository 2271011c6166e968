/** Of the time, that asking may take. */
const maxShare = 1 / 20

/**
 * Asks once for all who ask within `maxAgeMs`, or within twenty times as long as the answer took where that is more: however often it is
 * asked, and however much there is to count, it costs a twentieth of the time at most. A failure is told and not remembered.
 */
export function rememberBriefly<Answer>(ask: () => Promise<Answer>, maxAgeMs: number, clock = () => performance.now()) {
  let answer: Promise<Answer> | undefined
  let freshUntil = Number.POSITIVE_INFINITY

  const askAnew = async (): Promise<Answer> => {
    const askedAt = clock()
    freshUntil = Number.POSITIVE_INFINITY
    try {
      const answered = await ask()
      freshUntil = askedAt + Math.max(maxAgeMs, (clock() - askedAt) / maxShare)
      return answered
    } catch (error) {
      answer = undefined
      throw error
    }
  }

  return (): Promise<Answer> => {
    if (answer === undefined || clock() >= freshUntil) answer = askAnew()
    return answer
  }
}
