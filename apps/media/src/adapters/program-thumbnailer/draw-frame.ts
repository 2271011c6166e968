import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { untilAborted } from '../../kernel/until-aborted.ts'
import { type Content, PictureRefused } from '../../media/thumbnails/thumbnailer.ts'
import type { DrawDeps, Drawn } from './drawn.ts'
import type { ProgramPaths } from './find-program.ts'
import { runProgram } from './run-program.ts'
import { type FilePart, openUnnamed } from './unnamed-file.ts'

/** Of a long video no more is fetched than its beginning and its end: either holds the index, and the beginning the frame. */
const headBytes = 64 * 2 ** 20
const tailBytes = 32 * 2 ** 20

/**
 * Where frames are looked for: in a file, never anywhere else, whatever a playlist says; in the containers that a video of ours is in; by the
 * decoders that videos of today and yesterday need.
 */
const containers = ['mov', 'matroska', 'avi', 'mpeg', 'mpegvideo', 'mpegts', 'flv', 'asf', 'ogg']
const decoders = [
  ...['h264', 'hevc', 'av1', 'libdav1d', 'libaom-av1', 'vp8', 'vp9', 'libvpx', 'libvpx-vp9', 'vp6', 'vp6a', 'vp6f', 'theora'],
  ...['mpeg1video', 'mpeg2video', 'mpegvideo', 'mpeg4', 'msmpeg4v1', 'msmpeg4v2', 'msmpeg4', 'h263', 'flv', 'vc1', 'wmv1', 'wmv2', 'wmv3'],
  ...['mjpeg', 'prores', 'dnxhd', 'dvvideo'],
]

/** A frame of a video, a tenth into it where that can be told, no larger than is wanted. */
export async function drawFrame(deps: DrawDeps, programs: ProgramPaths<'ffmpeg'>, content: Content, pixels: number): Promise<Drawn> {
  const { size, parts, share } = await fetched(deps, content)
  await using file = await openUnnamed(deps.folder, size, parts)
  const looking = { ...deps, input: file.fd }
  const { width, height, seconds } = await probe(looking, programs.ffprobe)
  if (width * height > deps.maxPixels) throw new PictureRefused('too_many_pixels')
  const at = Math.min(seconds / 10, (seconds * share) / 2)
  const frame = (seconds: number) => frameAt(looking, programs.ffmpeg, pixels, seconds)
  const picture = at > 0 ? await frame(at).catch((error: unknown) => (isDamage(error) ? frame(0) : Promise.reject(error))) : await frame(0)
  return { picture, width, height }
}

/** There may be nothing to see at that moment, or nothing to find it by. */
const isDamage = (error: unknown) => error instanceof PictureRefused && error.refusal === 'damaged'

interface Fetched {
  readonly size: number
  readonly parts: readonly FilePart[]
  /** Of its duration: where a frame may be. */
  readonly share: number
}

async function fetched({ signal }: DrawDeps, { size, bytes, part }: Content): Promise<Fetched> {
  if (size <= headBytes + tailBytes) return { size, parts: [{ from: 0, bytes: untilAborted(bytes, signal) }], share: 1 }
  const head = { from: 0, bytes: untilAborted(part(0, headBytes - 1), signal) }
  if (await hasNoIndex(untilAborted(part(0, 3), signal))) return { size: headBytes, parts: [head], share: 1 }
  const tail = { from: size - tailBytes, bytes: untilAborted(part(size - tailBytes, size - 1), signal) }
  return { size, parts: [head, tail], share: headBytes / size }
}

/** A transport stream or a program stream: a moment is looked for in all of it, and the beginning is a whole of its own. */
async function hasNoIndex(firstBytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const first = await buffer(firstBytes)
  return first[0] === 0x47 || first.subarray(0, 3).equals(Buffer.from([0, 0, 1]))
}

type Looking = DrawDeps & { readonly input: number }

const openArguments = (maxPixels: number) => [
  ...['-v', 'error', '-protocol_whitelist', 'file', '-format_whitelist', containers.join(',')],
  ...['-max_pixels', String(maxPixels), '-threads', '1'],
]
const whitelist = decoders.join(',')
const input = ['-i', 'file:/dev/fd/3']

const probed = z.object({
  streams: z.tuple([
    z.object({
      width: z.int().min(1),
      height: z.int().min(1),
      sample_aspect_ratio: z.string().default('1:1'),
      side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
    }),
  ]),
  format: z.object({ duration: z.coerce.number().min(0).catch(0) }),
})

/** As it is looked at: turned, and with square pixels. */
async function probe(looking: Looking, ffprobe: string) {
  const entries = 'stream=width,height,sample_aspect_ratio:stream_side_data=rotation:format=duration'
  // It opens the sound too, and gives up where it may not.
  const opening = [...openArguments(looking.maxPixels), '-codec_whitelist:v', whitelist]
  const args = [...opening, '-select_streams', 'V:0', '-show_entries', entries, '-of', 'json', ...input]
  const { output } = await runProgram({ ...looking, path: ffprobe, args, maxOutputBytes: 65_536 })
  const found = probed.safeParse(parseJson(output.toString()))
  if (!found.success) throw new PictureRefused('unsupported')
  const { streams, format } = found.data
  const { width, height, sample_aspect_ratio: ratio, side_data_list: sideData } = streams[0]
  const square = Math.max(1, Math.round(width * factorOf(ratio)))
  const rotation = Math.abs(sideData.find((data) => data.rotation !== undefined)?.rotation ?? 0) % 180
  const isTurned = rotation > 89 && rotation < 91
  return { width: isTurned ? height : square, height: isTurned ? square : height, seconds: format.duration }
}

/** Of `40:33`; unknown is `0:1`. */
function factorOf(ratio: string): number {
  const [across = 0, down = 0] = ratio.split(':').map(Number)
  const factor = across / down
  return factor > 0.1 && factor < 10 ? factor : 1
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The nearest frame that stands by itself, turned upright by ffmpeg. */
async function frameAt(looking: Looking, ffmpeg: string, pixels: number, seconds: number): Promise<Buffer> {
  const scale = `min(1,${pixels}/max(iw*sar,ih))`
  const args = [
    ...['-nostdin', ...openArguments(looking.maxPixels), '-codec_whitelist', whitelist],
    ...['-noaccurate_seek', '-ss', seconds.toFixed(3), ...input],
    ...['-map', '0:V:0', '-frames:v', '1', '-filter_threads', '1', '-threads', '1'],
    ...['-vf', `scale=w='max(1,round(iw*sar*${scale}))':h='max(1,round(ih*${scale}))',setsar=1`],
    ...['-pix_fmt', 'rgb24', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'],
  ]
  const { output } = await runProgram({ ...looking, path: ffmpeg, args })
  if (output.length === 0) throw new PictureRefused('damaged')
  return output
}
