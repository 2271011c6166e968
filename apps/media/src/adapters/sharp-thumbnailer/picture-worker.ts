import { PictureRefused, type Refusal, type WantedThumbnail } from '../../media/thumbnails/thumbnailer.ts'
import type { PictureAnswer, PictureRequest, RenderLimits } from './picture-request.ts'
import { renderPicture } from './render-picture.ts'

/** The process that renders. It knows nothing but the bytes it is given: no setting, no secret, no file. */

/** How often it looks at what it takes while it renders: libraries work in threads of their own. */
const watchEveryMs = 5

let bytes = new Uint8Array(0)
let received = 0

const say = (answer: PictureAnswer) => new Promise<void>((resolve) => process.send?.(answer, () => resolve()))

/** Without a last word of anybody's: a thread may be in the middle of a picture. */
const die = () => process.kill(process.pid, 'SIGKILL')

const rss = () => process.memoryUsage.rss()

/** Says so and ends the process when it takes too much. */
function watchLimits({ maxRssBytes, maxCpuMs }: RenderLimits): NodeJS.Timeout {
  const before = process.cpuUsage()
  const end = (refusal: Refusal) => void say({ is: 'refused', refusal, rssBytes: rss() }).then(die)
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    if (rss() > maxRssBytes) end('too_much_memory')
    else if ((user + system) / 1000 > maxCpuMs) end('too_slow')
  }, watchEveryMs)
}

async function render(wanted: readonly WantedThumbnail[], limits: RenderLimits): Promise<void> {
  const watch = watchLimits(limits)
  try {
    const rendered = await renderPicture(bytes.subarray(0, received), wanted, limits.maxPixels)
    await say({ is: 'rendered', rendered, rssBytes: rss() })
  } catch (error) {
    if (!(error instanceof PictureRefused)) throw error
    await say({ is: 'refused', refusal: error.refusal, rssBytes: rss() })
  } finally {
    clearInterval(watch)
    bytes = new Uint8Array(0)
  }
}

process.on('message', (request: PictureRequest) => {
  if (request.is === 'begin') {
    bytes = new Uint8Array(request.size)
    received = 0
  } else if (request.is === 'bytes') {
    bytes.set(request.chunk, received)
    received += request.chunk.length
  } else void render(request.wanted, request.limits)
})

// It ends with the process that it serves, and not before: signals to the whole group are for that one.
process.on('disconnect', die)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
