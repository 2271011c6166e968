import { access, constants } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type PreviewProgram, ProgramMissing } from '../../media/thumbnails/thumbnailer.ts'

/** What each is: one of ffmpeg's looks at a video, and the other draws it. */
const names = { pdftoppm: ['pdftoppm'], ffmpeg: ['ffmpeg', 'ffprobe'] } as const satisfies Record<PreviewProgram, readonly string[]>
export type ProgramPaths<Program extends PreviewProgram> = Readonly<Record<(typeof names)[Program][number], string>>

/** In the first of these folders that has each. Looked for anew each time: it may be installed meanwhile. Throws ProgramMissing. */
export async function findProgram<Program extends PreviewProgram>(
  program: Program,
  folders: readonly string[],
): Promise<ProgramPaths<Program>> {
  const paths: Record<string, string> = {}
  for (const name of names[program]) {
    const path = await findExecutable(name, folders)
    if (path === undefined) throw new ProgramMissing(program)
    paths[name] = path
  }
  return paths as ProgramPaths<Program>
}

async function findExecutable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders.filter((path) => isAbsolute(path))) {
    const path = join(folder, name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
