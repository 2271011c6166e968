import { basename } from 'node:path'
import { runCommand } from '../servers/run-command.ts'
import type { Container } from './container.ts'

export interface Secret {
  readonly name: string
  /** What is random in it: what surrounds that is no secret. Empty where the file is, or holds an address alone. */
  readonly values: readonly string[]
}

/** The secrets that a container has as files. Read through the engine: they belong to users that this machine need not know. */
export function secretsOf({ Id, secretPlaces }: Container): Promise<Secret[]> {
  return Promise.all(
    secretPlaces.map(async (place) => ({
      name: basename(place),
      values: secretsIn(await runCommand('sh', ['-c', 'docker cp "$0:$1" - | tar --extract --to-stdout', Id, place])),
    })),
  )
}

/** Azurite's, published with it. */
const published = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

const secretsIn = (text: string): string[] => (text.match(/[A-Za-z0-9+/=]{32,}/g) ?? []).filter((value) => value !== published)
