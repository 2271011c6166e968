import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

export const documents: Gate = {
  name: 'documents',
  holds: 'every link of a document leads to a file; ARCHITECTURE.md lists the rooms that are there, and no other',
  async check() {
    const files = await repositoryFiles('*.md')
    const deadLinks = await Promise.all(files.map(async (path) => problemsOfLinks(path, await readFile(path, 'utf8'))))
    return { files: files.length, problems: [...deadLinks.flat(), ...(await problemsOfRooms())] }
  },
}

function problemsOfLinks(path: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(path), target)))
    .map((target) => `${path} links to ${target}, which is not there`)
}

/** Folders whose folders are rooms. */
const houses = /^(packages\/[^/]+|apps\/[^/]+\/(?:src\/[^/]+|migrations)|test\/[^/]+|bench|docs|tools|deploy|docker)\//

async function problemsOfRooms(): Promise<string[]> {
  const path = 'ARCHITECTURE.md'
  if (!existsSync(path)) return [`${path} is missing`]
  const files = await repositoryFiles()
  const there = new Set(files.flatMap((file) => houses.exec(file)?.[1] ?? []))
  const listed = new Set([...(await readFile(path, 'utf8')).matchAll(/^\| \[`([^`]+)\/`\]\(/gm)].map(([, room = '']) => room))
  return [
    ...[...there].filter((room) => !listed.has(room)).map((room) => `${path} does not list the room ${room}/`),
    ...[...listed].filter((room) => !there.has(room)).map((room) => `${path} lists the room ${room}/, which is not there`),
  ]
}
