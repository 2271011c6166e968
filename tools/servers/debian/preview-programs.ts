import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from '../run-command.ts'
import { type PackagedProgram, provideProgram } from './packages.ts'

const poppler: PackagedProgram = { path: '/usr/bin/pdftoppm', packages: ['poppler-utils'] }
const ffmpeg: PackagedProgram = { path: '/usr/bin/ffmpeg', packages: ['ffmpeg'] }

/** The folder that holds pdftoppm, ffmpeg and ffprobe: one of the path that has them all, or Debian's. */
export async function providePreviewPrograms(): Promise<string> {
  const folders = process.env['PATH']?.split(delimiter) ?? []
  const found = folders.find((folder) => ['pdftoppm', 'ffmpeg', 'ffprobe'].every((name) => existsSync(join(folder, name))))
  if (found !== undefined) return found
  await provideProgram({ path: ffmpeg.path, packages: [...ffmpeg.packages, ...poppler.packages] })
  await provideProgram(poppler)
  return '/usr/bin'
}

/** As `pdftoppm 22.12.0 and ffmpeg 5.1.9`. */
export async function askPreviewPrograms(folder: string): Promise<string> {
  const said = await runCommand('sh', ['-c', '"$0/pdftoppm" -v 2>&1; "$0/ffmpeg" -version', folder])
  return ['pdftoppm', 'ffmpeg'].map((name) => `${name} ${new RegExp(`${name} version ([\\d.]+)`).exec(said)?.[1]}`).join(' and ')
}
