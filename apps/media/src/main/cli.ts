#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { accountCommands } from './commands/account-commands.ts'
import { houseCommands } from './commands/house-commands.ts'
import { mediaCommands } from './commands/media-commands.ts'
import { messageCommands } from './commands/message-commands.ts'
import { exitCodeOf, reportError } from './commands/report.ts'

const program = new Command('holdfast')
  .description('A self-hosted media backend: uploads, folders, and deletion that can be regretted.')
  .showHelpAfterError('(holdfast --help tells more)')
  .exitOverride()

houseCommands(program)
mediaCommands(program)
messageCommands(program)
accountCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has written its own message by now.
  if (!(error instanceof CommanderError)) reportError(error)
  process.exitCode = exitCodeOf(error)
}
