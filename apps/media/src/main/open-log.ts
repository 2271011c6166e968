import { createLogger } from '@holdfast/correlation/log'
import { createLogFiles } from '@holdfast/correlation/log-files'
import { Failure } from '../kernel/failure.ts'
import type { Config } from './config.ts'
import { version } from './version.ts'

/** On standard output, and where there is a folder for it in files too. Throws `logs.folder_unwritable`. */
export const openLog = ({ appEnv, logLevel, logFiles }: Config) =>
  createLogger({
    ...{ service: 'holdfast', env: appEnv, version, level: logLevel, form: appEnv === 'dev' ? 'readable' : 'json' },
    copy: logFiles && openFiles(logFiles),
  })

function openFiles(files: NonNullable<Config['logFiles']>) {
  try {
    return createLogFiles({ name: 'holdfast', ...files })
  } catch (cause) {
    throw new Failure('internal', 'logs.folder_unwritable', 'LOG_FOLDER names a folder that can be neither made nor written to', { cause })
  }
}
