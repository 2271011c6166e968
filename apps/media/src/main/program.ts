import { Command } from 'commander'
import { accountCommands } from './commands/account-commands.ts'
import { auditCommands } from './commands/audit-commands.ts'
import { backupCommands } from './commands/backup-commands.ts'
import { houseCommands } from './commands/house-commands.ts'
import { mediaCommands } from './commands/media-commands.ts'
import { messageCommands } from './commands/message-commands.ts'
import { searchCommands } from './commands/search-commands.ts'
import { version } from './version.ts'

/** The command line `holdfast`. Its parser throws instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('holdfast')
    .description('A self-hosted media backend: uploads, folders, and deletion that can be regretted.')
    .version(version)
    .showHelpAfterError('(holdfast --help tells more)')
    .exitOverride()
  houseCommands(program)
  mediaCommands(program)
  searchCommands(program)
  messageCommands(program)
  accountCommands(program)
  auditCommands(program)
  backupCommands(program)
  return program
}
