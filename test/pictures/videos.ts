import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../tools/servers/run-command.ts'
import { broken, type PictureCase } from './picture-case.ts'
import { quarters, upright } from './quarters.ts'

const [width, height] = [320, 240]
const preview = { width, height, shows: upright }

/** What ffmpeg in this folder makes of a still picture: a second of it, by these arguments. */
async function openStudio(programs: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-videos-'))
  const still = join(folder, 'still.png')
  await writeFile(still, await quarters(width, height))
  const ffmpeg = (...args: string[]) => runCommand(join(programs, 'ffmpeg'), ['-nostdin', '-v', 'error', '-y', ...args])
  const make = async (name: string, ...args: string[]): Promise<Buffer> => {
    const path = join(folder, name)
    await ffmpeg('-loop', '1', '-framerate', '5', '-t', '1', '-i', still, ...args, '-pix_fmt', 'yuv420p', path)
    return readFile(path)
  }
  const remake = async (name: string, from: string, ...args: string[]): Promise<Buffer> => {
    const path = join(folder, name)
    await ffmpeg('-i', join(folder, from), '-c', 'copy', ...args, path)
    return readFile(path)
  }
  return { make, remake, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** Each container with a codec that is usual in it. */
export async function* validVideos(programs: string): AsyncGenerator<PictureCase> {
  await using studio = await openStudio(programs)
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast']
  const video = (name: string, bytes: PictureCase['bytes'], seen: PictureCase['expected']['preview'] = preview): PictureCase => ({
    name: `video ${name}`,
    ...{ bytes, expected: { preview: seen } },
  })
  const mp4 = await studio.make('end.mp4', ...x264)
  yield video('mp4 with its index at the end', mp4)
  yield video('mp4 with its index at the beginning', () => studio.remake('begin.mp4', 'end.mp4', '-movflags', 'faststart'))
  const [red, green, blue, yellow] = upright
  const turned = { width: height, height: width }
  yield video('mp4 turned to the right', turn(mp4, 1), { ...turned, shows: [blue, red, yellow, green] })
  yield video('mp4 turned to the left', turn(mp4, -1), { ...turned, shows: [green, yellow, red, blue] })
  yield video('matroska with oblong pixels', () => studio.make('wide.mkv', ...x264, '-aspect', '16:9'), {
    width: 427,
    height: 240,
    shows: upright,
  })
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac']
  yield video('mp4 with sound', () => studio.make('sound.mp4', ...sound, ...x264))
  yield video('webm', () => studio.make('x.webm', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'))
  yield video('avi', () => studio.make('x.avi', '-c:v', 'mpeg4'))
  yield video('mpeg', () => studio.make('x.mpg', '-c:v', 'mpeg2video', '-r', '25'))
  yield video('transport stream', () => studio.make('x.ts', '-c:v', 'mpeg2video', '-r', '25'))
  yield video('ogg', () => studio.make('x.ogv', '-c:v', 'libtheora'))
  yield video('flash', () => studio.make('x.flv', '-c:v', 'flv'))
}

/** As a telephone says how it was held: by the matrix of its track (ISO 14496-12). */
function turn(mp4: Buffer, right: 1 | -1): Buffer {
  const turned = Buffer.from(new Uint8Array(mp4))
  const matrix = turned.indexOf('tkhd') + 44
  for (const [at, value] of [0, right, 0, -right, 0].entries()) turned.writeInt32BE(value * 0x10000, matrix + 4 * at)
  return turned
}

export async function* brokenVideos(programs: string): AsyncGenerator<PictureCase> {
  await using studio = await openStudio(programs)
  const mp4 = await studio.make('x.mp4', '-c:v', 'libx264', '-preset', 'ultrafast')
  const expected = { refusals: broken }
  yield { name: 'video mp4 without its end', bytes: new Uint8Array(mp4.subarray(0, mp4.length / 2)), expected }
  yield { name: 'video mp4 of nothing but its head', bytes: Buffer.concat([mp4.subarray(0, 32), Buffer.alloc(100_000)]), expected }
  yield {
    name: 'video mp4 that only sounds',
    bytes: () => studio.make('sound.mp4', ...soundOnly),
    expected: { refusals: ['unsupported'], code: 'thumbnail.none' },
  }
  yield {
    name: 'video of a codec that nobody sends',
    bytes: () => studio.make('x.mkv', '-c:v', 'ffv1'),
    expected: { refusals: ['unsupported'] },
  }
  const half = async () => {
    const webm = await studio.make('x.webm', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8')
    return new Uint8Array(webm.subarray(0, webm.length / 2))
  }
  yield { name: 'video webm, half of it', bytes: half, expected: { ...expected, preview } }
  yield { name: 'video declared as another', bytes: new Uint8Array(mp4), declared: 'video/webm', expected: { code: 'file.type_mismatch' } }
  yield {
    name: 'video larger than its decoder may',
    bytes: () => studio.make('wide.avi', '-frames:v', '1', '-vf', 'scale=12000:5000', '-c:v', 'mjpeg'),
    expected: { refusals: ['too_many_pixels', ...broken] },
  }
  yield* playlists(mp4)
}

const soundOnly = ['-f', 'lavfi', '-i', 'sine=duration=1', '-map', '1:a', '-c:a', 'aac']

/** Which would have a server read its own files, and ask others. */
function* playlists(mp4: Buffer): Generator<PictureCase> {
  const hls = '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n#EXTINF:10,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n'
  yield { name: 'playlist declared as a video', bytes: Buffer.from(hls), declared: 'video/mp4', expected: { code: 'file.type_mismatch' } }
  yield { name: 'playlist', bytes: Buffer.from(hls), expected: { code: 'thumbnail.none' } }
  const head = Buffer.concat([mp4.subarray(0, 32), Buffer.from(`\n${hls}`)])
  yield { name: 'playlist behind the head of an mp4', bytes: head, expected: { refusals: broken } }
  // An AVI may hold a subtitle that is read by whatever its beginning looks like.
  const gab2 = Buffer.concat([Buffer.from('GAB2\0\x02\0\0\0\0\0\0\x04\0', 'latin1'), Buffer.alloc(4), Buffer.from(hls)])
  gab2.writeUInt32LE(hls.length, 14)
  const chunk = (name: string, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts)
    const head = Buffer.from(`${name}\0\0\0\0`, 'latin1')
    head.writeUInt32LE(body.length, 4)
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
  }
  const list = (kind: string, ...parts: Buffer[]) => chunk('LIST', Buffer.from(kind), ...parts)
  const stream = Buffer.alloc(56)
  stream.write('txts')
  const avi = chunk(
    'RIFF',
    Buffer.from('AVI '),
    list('hdrl', chunk('avih', Buffer.alloc(56, 1)), list('strl', chunk('strh', stream), chunk('strf', Buffer.alloc(0)))),
    list('movi', chunk('00tx', gab2)),
  )
  yield { name: 'playlist as the subtitle of an avi', bytes: avi, expected: { refusals: broken } }
}
