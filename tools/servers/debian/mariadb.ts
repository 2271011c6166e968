import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { onFreePorts } from '../free-ports.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import { createMariadbServer, installMariadb, mariadb, mariadbUser } from './mariadb-server.ts'
import { provideProgram } from './packages.ts'

/** `prepare` puts into the server's folder what it needs beside its tables, and answers the arguments that name it. */
export async function startMariadb(prepare: (folder: string) => Promise<readonly string[]> = async () => []): Promise<Database> {
  await provideProgram(mariadb)
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const folder = resources.use(createTemporaryFolder('mariadb', mariadbUser())).path
    const password = randomUUID()
    await installMariadb({ folder, password })
    const args = await prepare(folder)
    const server = resources.use(createMariadbServer({ folder, port, password, args: () => args, readyWhen: 'SELECT 1' }))
    await server.start()
    const owned = resources.move()
    return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}
