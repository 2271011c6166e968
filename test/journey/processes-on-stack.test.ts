import { chooseStack } from '../service/stack.ts'

// What processes and commands do, in the same words on a database and a broker.
if (chooseStack()) {
  await import('./message-commands.test.ts')
  await import('./one-leader.test.ts')
  await import('./stopping.test.ts')
  await import('./tracing.test.ts')
  await import('./two-machines.test.ts')
}
