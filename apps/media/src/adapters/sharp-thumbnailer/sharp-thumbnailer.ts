import {
  type Picture,
  PictureRefused,
  type Rendered,
  RenderingFailed,
  type Thumbnailer,
  type WantedThumbnail,
} from '../../media/thumbnails/thumbnailer.ts'
import { type PictureProcess, startPictureProcess } from './picture-process.ts'
import type { PictureAnswer, RenderLimits } from './picture-request.ts'

/** `maxPixels`: width times height of what is decoded. */
export type PictureLimits = Pick<RenderLimits, 'maxPixels' | 'maxCpuMs'>

const mebibyte = 2 ** 20

/** A process that reaches this much in the middle of a picture ends: it is looked at often enough to stay below 512 MiB. */
const maxRssBytes = 448 * mebibyte
/** One that has as much when it is done is not used again. */
const maxIdleRssBytes = 256 * mebibyte
/** Compressed bytes are held whole. */
const maxInputBytes = 64 * mebibyte
/** Who has taken its processor time would have said so long before, on any machine: it hangs. */
const hangsAfterMs = 120_000
/** One that nobody needed for this long is ended. */
const maxIdleMs = 30_000

export interface SharpThumbnailer extends Thumbnailer<Picture>, AsyncDisposable {
  /** Of the process that renders, where there is one. */
  readonly pid: () => number | undefined
}

/** Renders with sharp, in a process of its own that is started when a picture comes. */
export function createSharpThumbnailer(limits: PictureLimits): SharpThumbnailer {
  let renderer: PictureProcess | undefined
  let last: Promise<unknown> = Promise.resolve()
  let resting: NodeJS.Timeout | undefined

  const end = async () => {
    clearTimeout(resting)
    const ending = renderer
    renderer = undefined
    await ending?.kill()
  }

  const renderNow = async (picture: Picture, wanted: readonly WantedThumbnail[], signal: AbortSignal): Promise<Rendered> => {
    signal.throwIfAborted()
    clearTimeout(resting)
    if (renderer?.isAlive() !== true) await end()
    renderer ??= startPictureProcess()
    try {
      await sendPicture(renderer, picture)
      const answer = await answerInTime(renderer, wanted, { ...limits, maxRssBytes }, signal)
      if (isSpent(answer)) await end()
      return renderedOf(answer)
    } catch (error) {
      if (!(error instanceof PictureRefused)) await end()
      throw error
    } finally {
      resting = setTimeout(() => void end(), maxIdleMs).unref()
    }
  }

  return {
    render: (picture, wanted, signal) => {
      if (picture.size > maxInputBytes) return Promise.reject(new PictureRefused('too_many_bytes'))
      const rendered = last.then(() => renderNow(picture, wanted, signal))
      last = rendered.catch(() => undefined)
      return rendered
    },
    pid: () => renderer?.pid,
    [Symbol.asyncDispose]: end,
  }
}

async function sendPicture(renderer: PictureProcess, { size, bytes }: Picture): Promise<void> {
  await renderer.send({ is: 'begin', size })
  for await (const chunk of bytes) await renderer.send({ is: 'bytes', chunk })
}

/** One that hangs is killed. */
async function answerInTime(
  renderer: PictureProcess,
  wanted: readonly WantedThumbnail[],
  limits: RenderLimits,
  signal: AbortSignal,
): Promise<PictureAnswer> {
  signal.throwIfAborted()
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new RenderingFailed('hung')), hangsAfterMs)
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([renderer.ask({ is: 'render', wanted, limits }), stopped])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

const isSpent = (answer: PictureAnswer): boolean =>
  answer.rssBytes > maxIdleRssBytes || (answer.is === 'refused' && (answer.refusal === 'too_slow' || answer.refusal === 'too_much_memory'))

function renderedOf(answer: PictureAnswer): Rendered {
  if (answer.is === 'refused') throw new PictureRefused(answer.refusal)
  return answer.rendered
}
