import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { onFreePorts } from '../free-ports.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import { createMariadbServer, installMariadb, mariadb, mariadbUser } from './mariadb-server.ts'
import { provideProgram } from './packages.ts'

export async function startMariadb(): Promise<Database> {
  await provideProgram(mariadb)
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const folder = resources.use(createTemporaryFolder('mariadb', mariadbUser())).path
    const password = randomUUID()
    await installMariadb({ folder, password })
    const server = resources.use(createMariadbServer({ folder, port, password, readyWhen: 'SELECT 1' }))
    await server.start()
    const owned = resources.move()
    return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}
