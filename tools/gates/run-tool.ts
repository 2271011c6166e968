import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const binaries = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url))

/** Runs a tool of node_modules in the working directory; what it printed, on both streams in order, and whether it said all is well. */
export async function runTool(tool: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return runCommand(`${binaries}${tool}`, args)
}

/** @throws when the command cannot be started. */
export function runCommand(command: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${binaries}:${process.env['PATH']}` },
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', fail)
    child.once('close', (code) => done({ ok: code === 0, output: stripVTControlCharacters(Buffer.concat(chunks).toString()) }))
  })
}
