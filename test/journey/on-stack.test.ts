import { chooseStack } from '../service/stack.ts'

// The same words on a database and a broker.
if (chooseStack()) {
  await import('./bad-input/bad-input.test.ts')
  await import('./foreign-references.test.ts')
  await import('./message-commands.test.ts')
  await import('./one-leader.test.ts')
  await import('./retry-anything.test.ts')
  await import('./stopping.test.ts')
  await import('./tracing.test.ts')
  await import('./two-machines.test.ts')
  await import('./two-principals.test.ts')
}
