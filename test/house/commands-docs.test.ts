import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../apps/media/src/main/program.ts'

const page = await readFile(new URL('../../docs/commands.md', import.meta.url), 'utf8')

/** `holdfast messages failed list`, with what it takes, as its usage line says. */
function usages(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const here = [...path, one.name()]
    const inner = usages(one, here)
    const takes = one.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    const options = one.options.map(({ flags, mandatory }) => (mandatory ? flags : `[${flags}]`))
    return inner.length > 0 ? inner : [['holdfast', ...here, ...takes, ...options].join(' ')]
  })
}

test('docs/commands.md has a row for each command, as the program has it, and no other', () => {
  const documented = [...page.matchAll(/^\| `(holdfast .*?)` \|/gm)].map(([, usage]) => usage?.replaceAll('\\|', '|'))
  const expected = usages(createProgram())
  assert.ok(expected.length > 20)
  assert.deepEqual(documented, expected)
})
