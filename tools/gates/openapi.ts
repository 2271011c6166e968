import { existsSync } from 'node:fs'
import { readDocument } from '../collection/read-document.ts'
import type { Gate } from './gate.ts'

/** Which rules of those that are recommended do not hold here, and why. */
const rules = {
  // Whoever asks whether a process lives can do nothing wrong.
  'operation-4xx-response': 'off',
  // An operation that says nothing of it is open to all. Which ones may be is held by a test beside the routes.
  'security-defined': 'off',
} as const

export const openapi: Gate = {
  name: 'openapi',
  holds:
    'the OpenAPI document that the service prints: valid, each reference leads somewhere, each operation has a name of its own (Redocly)',
  async check() {
    if (!existsSync('apps/media/src/main/cli.ts')) return { files: 0, problems: [] }
    const { createConfig, lintFromString } = await import('@redocly/openapi-core')
    const [source, config] = await Promise.all([readDocument(), createConfig({ extends: ['recommended'], rules })])
    // A warning counts as much: nobody reads what stops nothing.
    const found = await lintFromString({ source, absoluteRef: '/openapi.json', config })
    const problems = found.map(({ ruleId, message, location: [where] }) => `${where?.pointer ?? '#'} ${message.split('\n')[0]} (${ruleId})`)
    return { files: 1, problems }
  },
}
