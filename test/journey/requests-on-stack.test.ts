import { chooseWholeStack } from '../service/whole-stack.ts'

// What requests are answered, in the same words on the whole stack.
if (chooseWholeStack()) {
  await import('./bad-input/bad-input.test.ts')
  await import('./foreign-references.test.ts')
  await import('./retry-anything.test.ts')
  await import('./two-principals.test.ts')
}
