import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

const makefile = readFileSync('Makefile', 'utf8')
const commands = readFileSync('docs/commands.md', 'utf8')
const verbs = new Set(/foreach verb,([^,]+),/.exec(makefile)?.[1]?.split(' '))
const environments = ['dev', 'test', 'staging', 'prod']

function isTarget(name: string): boolean {
  const [verb = '', environment = ''] = name.split('-')
  if (verbs.has(verb) && environments.includes(environment)) return true
  return new RegExp(`^(${name}|${verb}-%): ##`, 'm').test(makefile) || new RegExp(`^${name}: `, 'm').test(makefile)
}

/** `messages failed show ID`: its words are those of a command, as far as they go. */
function isCommand(words: string): boolean {
  const [first = '', ...rest] = (words.split(' --')[0] ?? '').split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word))
  return [first, [first, ...rest].join(' ')].every((some) => commands.includes(`| \`holdfast ${some}`))
}

for (const place of ['prod', 'staging']) {
  const page = readFileSync(`docs/runbooks/${place}.md`, 'utf8')
  const told = [...page.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)

  describe(`the run-book of ${place}`, () => {
    it('has targets that are there', () => {
      const targets = told
        .filter((text) => text.startsWith('make '))
        .flatMap(
          (text) =>
            text
              .split(/ [A-Z]+=/)[0]
              ?.split(' ')
              .slice(1) ?? [],
        )
      assert.ok(targets.length > 8)
      for (const target of targets) assert.ok(isTarget(target), `make ${target}`)
    })

    it('has commands of the service that are there, with their options', () => {
      const inside = told.flatMap((text) => /ARGS="?([^"]+?)"?( ENV=.*)?$/.exec(text)?.[1] ?? [])
      const words = [...inside.filter((text) => !text.startsWith('--')), ...told.flatMap((text) => /^holdfast (.+)$/.exec(text)?.[1] ?? [])]
      assert.ok(words.length > 1)
      for (const text of words) {
        assert.ok(isCommand(text), text)
        for (const option of text.match(/--[a-z-]+/g) ?? []) assert.ok(commands.includes(option), option)
      }
    })

    it('says of each step where', () => {
      for (const text of told.filter((one) => one.startsWith('make ') && !/-(prod|staging)\b/.test(one))) {
        assert.match(text, / ENV=(prod|staging)/)
      }
    })
  })
}
