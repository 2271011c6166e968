import { addToCorrelation, currentCorrelation, newCorrelationId, runWithCorrelation } from '@holdfast/correlation'
import type { Envelope, Stamp } from '@holdfast/messenger'

/** The story that runs now; one of its own for what nobody asked for. */
export const currentStoryId = (): string => currentCorrelation()?.correlationId ?? newCorrelationId()

/** What a dispatched message takes along of the story that dispatches it. */
export const stamp = (): Stamp => ({ correlationId: currentStoryId(), tenant: currentCorrelation()?.tenant })

/** A message is handled inside the story that it comes from, however long ago that was. */
export const around = ({ id, correlationId, tenant }: Envelope, run: () => Promise<void>): Promise<void> =>
  runWithCorrelation({ correlationId }, () => {
    addToCorrelation({ messageId: id, ...(tenant !== null && { tenant }) })
    return run()
  })

/** For work that the clock or a command begins. */
export const inNewStory = <Result>(work: () => Result): Result => runWithCorrelation({ correlationId: newCorrelationId() }, work)
