/** Runs files of tests in this process, and ends it with the first failure: one is enough to have noticed. */
import { run } from 'node:test'

for await (const { type } of run({ files: process.argv.slice(2), isolation: 'none' })) if (type === 'test:fail') process.exit(1)
