#!/usr/bin/env -S node --max-semi-space-size=8
import { exitCodeOf, isReported, reportError } from './commands/report.ts'
import { createProgram } from './program.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  if (!isReported(error)) reportError(error)
  process.exitCode = exitCodeOf(error)
}
