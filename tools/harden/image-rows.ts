import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Container, isForServing } from './container.ts'
import { type Row, unless } from './row.ts'

const isOurs = ({ isOurs }: Container) => isOurs

/** What must not lie in an image that serves: ways to start something else, and ways to fetch it. */
const tools = /^(usr\/)?(local\/)?s?bin\/(sh|bash|dash|busybox|apt|apt-get|dpkg|npm|npx|corepack|curl|wget|perl|python3?)$/
const keyFiles = /(^|\/)(id_(rsa|ed25519|ecdsa)|[^/]+\.(key|p12|pfx))$/

/** What the image holds. */
export const imageRows: readonly Row[] = [
  {
    name: 'a user of 10000 or above',
    check: ({ Config }) => unless(Number(Config.User.split(':')[0]) >= 10_000, Config.User || 'root'),
  },
  {
    name: 'an exact version',
    check: ({ Config }) => unless(/:(dev|test|staging|prod|v?\d+\.\d+\.\d+[\w.-]*)$|@sha256:/.test(Config.Image), Config.Image),
  },
  {
    name: 'a health check without a shell',
    of: ({ service }) => service !== 'migrate',
    check: ({ Config }) => unless(Config.Healthcheck?.Test[0] === 'CMD', Config.Healthcheck?.Test.join(' ')),
  },
  {
    name: 'no shell, no package manager, no downloader',
    of: isForServing,
    check: async (container) =>
      found(await filesOf(container), ({ path }) => tools.test(path) || /^app\/node_modules\/(npm|typescript)\//.test(path)),
  },
  {
    name: 'nothing that runs as another user',
    of: isOurs,
    check: async (container) => found(await filesOf(container), ({ mode }) => /^-..[sS]|^-.{5}[sS]/.test(mode)),
  },
  {
    name: 'code that is root’s, and that nobody else may write',
    of: isOurs,
    check: async (container) =>
      found(
        await filesOf(container),
        ({ path, mode, owner }) => path.startsWith('app/') && !mode.startsWith('l') && (owner !== '0/0' || mode[8] === 'w'),
      ),
  },
  {
    name: 'no private key',
    of: isOurs,
    check: async (container) => found(await filesOf(container), ({ path }) => keyFiles.test(path)),
  },
  {
    name: 'labels that tell its version and revision',
    of: isOurs,
    check: ({ Config: { Labels } }) => {
      const missing = ['title', 'version', 'revision', 'licenses'].filter((name) => !Labels[`org.opencontainers.image.${name}`])
      return unless(missing.length === 0, `no ${missing.join()}`)
    },
  },
]

interface ImageFile {
  /** As `ls` has it: `-rwxr-xr-x`. */
  readonly mode: string
  /** Numbers of the user and the group. */
  readonly owner: string
  readonly path: string
}

const listings = new Map<string, Promise<ImageFile[]>>()

function found(files: readonly ImageFile[], isWrong: (file: ImageFile) => boolean): string | undefined {
  const wrong = files.filter(isWrong)
  return unless(wrong.length === 0, `${wrong.length}, as ${wrong[0]?.path} (${wrong[0]?.mode} ${wrong[0]?.owner})`)
}

/** Listed once for each image. */
function filesOf({ Id, Config: { Image } }: Container): Promise<ImageFile[]> {
  const listing = listings.get(Image) ?? list(Id)
  listings.set(Image, listing)
  return listing
}

async function list(id: string): Promise<ImageFile[]> {
  const files: ImageFile[] = []
  const listing = spawn('sh', ['-c', 'docker export "$0" | tar --list --verbose --numeric-owner --file -', id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const row of createInterface({ input: listing.stdout })) {
    const [mode = '', owner = '', , , , ...path] = row.split(/\s+/)
    files.push({ mode, owner, path: path.join(' ').replace(/ (->|link to) .*/, '') })
  }
  if (files.length === 0) throw new Error(`docker export ${id} listed nothing`)
  return files
}
