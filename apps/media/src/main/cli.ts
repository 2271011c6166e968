#!/usr/bin/env node
import { CommanderError } from 'commander'
import { exitCodeOf, reportError } from './commands/report.ts'
import { createProgram } from './program.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  // Commander has written its own message by now.
  if (!(error instanceof CommanderError)) reportError(error)
  process.exitCode = exitCodeOf(error)
}
