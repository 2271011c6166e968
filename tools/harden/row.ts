import type { Container } from './container.ts'

/** One thing that must hold of a container. */
export interface Row {
  readonly name: string
  /** Asked of no other; of every container where left out. */
  readonly of?: (container: Container) => boolean
  /** What is wrong; undefined where it holds. */
  check(container: Container): Promise<string | undefined> | string | undefined
}

/** What is found, unless it is as it should be. */
export const unless = (holds: boolean, found: unknown): string | undefined => (holds ? undefined : `found ${String(found)}`)
