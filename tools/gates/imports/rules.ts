import { dirname } from 'node:path'
import type { Import } from './graph.ts'
import type { Room } from './rooms.ts'

/** What is wrong with an import by the rules of its room; undefined when nothing is. */
export function brokenRule(found: Import, rooms: readonly Room[]): string | undefined {
  if (isTestCode(found.file)) return brokenTestRule(found)
  const room = roomOf(found.file, rooms)
  if (room === undefined) return undefined
  if (found.target !== undefined) return brokenOwnRule(found, found.target, room, rooms)
  if (found.package !== undefined) return brokenPackageRule(found, found.package, room)
  return room.inward && outward.test(found.specifier) ? 'reaches out of the process' : undefined
}

const outward = /^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|net|sqlite|tls|worker_threads)(\/|$)/

/** Tests and what only they use. A package's `testing/` is public, so it is none; an app's is. */
export function isTestCode(file: string): boolean {
  return /(\.test|\.fixture)\.ts$|\/test-[^/]+\.ts$|^apps\/.*\/testing\//.test(file)
}

export function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  return rooms
    .filter(({ path }) => file === path || file.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)
    .at(0)
}

/** Tests may import what they try, but a package's tests know no app. */
function brokenTestRule({ file, target }: Import): string | undefined {
  return file.startsWith('packages/') && target?.startsWith('apps/') ? 'is an app, and this is a package' : undefined
}

function brokenOwnRule(found: Import, target: string, room: Room, rooms: readonly Room[]): string | undefined {
  if (isTestCode(target)) return 'is test code'
  const byName = !found.specifier.startsWith('.')
  if (workspaceOf(found.file) !== workspaceOf(target) && !byName) return 'is in another package: import it by its name'
  const theirs = roomOf(target, rooms)
  if (theirs === room) return room.oneDriverEach && dirname(found.file) === room.path ? 'is another adapter' : undefined
  if (found.whole) return 'is taken whole: name what is needed'
  return brokenList(found, byName ? found.specifier : (theirs?.path ?? target), room)
}

function brokenPackageRule(found: Import, name: string, room: Room): string | undefined {
  return room.oneDriverEach ? undefined : brokenList(found, name, room)
}

function brokenList(found: Import, address: string, room: Room): string | undefined {
  const isIn = (list: readonly string[] = []): boolean =>
    list.some((entry) => (entry.endsWith('*') ? address.startsWith(entry.slice(0, -1)) : address === entry))
  if (isIn(room.imports)) return undefined
  if (!isIn(room.typesOf)) return `is out of reach for ${room.path}`
  return found.typeOnly ? undefined : `is out of reach for ${room.path}, but for its types (import type)`
}

/** The adapters that import more than one npm package beside those that the whole room may. */
export function filesWithTwoDrivers(imports: readonly Import[], rooms: readonly Room[]): string[] {
  const drivers = new Map<string, Set<string>>()
  for (const found of imports) {
    const room = roomOf(found.file, rooms)
    const isDriver = found.package !== undefined && room?.oneDriverEach && brokenList(found, found.package, room) !== undefined
    if (isDriver && !isTestCode(found.file)) drivers.set(found.file, (drivers.get(found.file) ?? new Set()).add(found.package))
  }
  return [...drivers].filter(([, names]) => names.size > 1).map(([file, names]) => `${file} has several drivers: ${[...names].join(', ')}`)
}

function workspaceOf(file: string): string {
  return file.split('/').slice(0, 2).join('/')
}
