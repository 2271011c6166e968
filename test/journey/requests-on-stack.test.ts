import { chooseStack } from '../service/stack.ts'

// What requests are answered, in the same words on a database and a broker.
if (chooseStack()) {
  await import('./bad-input/bad-input.test.ts')
  await import('./foreign-references.test.ts')
  await import('./retry-anything.test.ts')
  await import('./two-principals.test.ts')
}
