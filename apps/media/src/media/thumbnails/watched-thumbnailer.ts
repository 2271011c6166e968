import { type ObserveCall, watchCalls } from '../../kernel/part-call.ts'
import { RenderingFailed, type Thumbnailer } from './thumbnailer.ts'

/** Tells of each content. One whose process hung or crashed has failed; one that is refused was answered. */
export function watchThumbnailer<Kind extends Thumbnailer>(thumbnailer: Kind, observe: ObserveCall): Kind {
  const watch = watchCalls(observe, (error) => error instanceof RenderingFailed)
  return { ...thumbnailer, render: (content, wanted, signal) => watch('render', () => thumbnailer.render(content, wanted, signal)) }
}
