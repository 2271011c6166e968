/** To be imported before a program: it kills itself when a file is about to get the name that the environment gives. */
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'

const { rename } = promises
const fatalName = process.env['KILL_AT_RENAME_TO']

promises.rename = async (from, to) => {
  if (basename(String(to)) === fatalName) process.kill(process.pid, 'SIGKILL')
  return rename(from, to)
}
syncBuiltinESMExports()
