import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { describe, test } from 'node:test'
import { createTopicMatcher, InvalidMatcher, maxTopicLength } from './topic-matcher.ts'

const matches = (template: string, topic: string) => createTopicMatcher('template', template, 'http://hub.example/').matches(topic)

/** Of RFC 6570, 1.2 and 3.2, and of the examples of the protocol: what a template is expanded to. */
const expanded: readonly (readonly [string, string])[] = [
  ['{var}', 'value'],
  ['{hello}', 'Hello%20World%21'],
  ['{half}', '50%25'],
  ['O{empty}X', 'OX'],
  ['map?{x,y}', 'map?1024,768'],
  ['{+path}/here', '/foo/bar/here'],
  ['here?ref={+path}', 'here?ref=/foo/bar'],
  ['X{#var}', 'X#value'],
  ['X{#hello}', 'X#Hello%20World!'],
  ['X{.x,y}', 'X.1024.768'],
  ['{/var,x}/here', '/value/1024/here'],
  ['{;x,empty}', ';x=1024;empty'],
  ['{?x,y}', '?x=1024&y=768'],
  ['?fixed=yes{&x}', '?fixed=yes&x=1024'],
  ['https://example.com/users/foo/{?topic}', 'https://example.com/users/foo/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1'],
  ['https://example.com/books/{id}', 'https://example.com/books/1'],
]

describe('a URI template', () => {
  test('matches what it can be expanded to, and itself', () => {
    for (const [template, topic] of expanded) {
      assert.ok(matches(template, topic), `${template} ${topic}`)
      assert.ok(matches(template, template), template)
    }
  })

  test('matches nothing else', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['/books/{id}', '/books/1/2'],
      ['/books/{id}', '/books/1?x'],
      ['/books/{id}', '/Books/1'],
      ['/books/{id}', 'x/books/1'],
      ['/books.{id}', '/booksx1'],
      ['/a{?x}', '/a?y=1'],
      ['{var', 'value'],
      ['{va r}', 'value'],
      ['{var*}', 'value'],
    ]
    for (const [template, topic] of wrong) assert.ok(!matches(template, topic), `${template} ${topic}`)
  })

  test('has few variables, and takes little time', () => {
    assert.throws(() => createTopicMatcher('template', '/{a}/{b,c}', 'http://hub.example/'), InvalidMatcher)
    const began = performance.now()
    for (const template of ['{a}{b}!', '{+a}{+b}"', '{.a,b}!', '{/a,b}!', '{;a,b}!']) {
      for (const character of ['a', '.', '/', ';', '%']) matches(template, character.repeat(maxTopicLength))
    }
    assert.ok(performance.now() - began < 30_000)
  })
})
