import { type WatchDeps, watchPart } from '../kernel/watch-part.ts'
import { NotPublished, type RemotePublisher } from './publisher.ts'

export interface WatchedPublisher extends RemotePublisher {
  isAway(): boolean
}

/** Leaves a hub that is away alone for a while, remembers that it is there, and tells of each call. */
export function watchPublisher(publisher: RemotePublisher, deps: WatchDeps): WatchedPublisher {
  const part = watchPart(deps, (error) => (error instanceof NotPublished ? error.fault === 'away' : undefined), {
    awayWords: 'live updates wait: the hub does not take them',
    backWords: 'live updates are published again',
    restMs: 1_000,
  })
  return {
    isAway: part.isAway,
    publish: (update, options) => part.use('publish', () => publisher.publish(update, options)),
    check: () => part.check(publisher.check),
  }
}
