import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHoldfast } from './app.ts'
import { parseConfig } from './config.ts'
import { createHealth } from './health.ts'
import { openServer } from './open-server.ts'

/** The OpenAPI document of this release, whatever is set here: of a house of its own that nobody moves into. */
export async function describeApi(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-api-'))
  try {
    await using holdfast = await openHoldfast(parseConfig({ DATA_DIR: folder }))
    const server = await openServer(holdfast, createHealth(holdfast, [], { started: () => false, isStopping: () => true }))
    await server.ready()
    const document = server.swagger()
    await server.close()
    return document
  } finally {
    await rm(folder, { recursive: true })
  }
}
