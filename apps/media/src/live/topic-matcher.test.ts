import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { describe, test } from 'node:test'
import { createRandom } from '../media/testing/random.ts'
import { createTopicMatcher, InvalidMatcher, isPlainText, type MatcherType, maxTopicLength, mayMatchBelow } from './topic-matcher.ts'

const baseUrl = 'https://hub.example/.well-known/mercure'
const matches = (type: MatcherType, match: string, topic: string) => createTopicMatcher(type, match, baseUrl).matches(topic)

describe('a matcher of topics', () => {
  test('compares byte for byte', () => {
    assert.ok(matches('exact', '/files/1', '/files/1'))
    for (const topic of ['/files/1/', '/FILES/1', 'https://hub.example/files/1', '/files/%31']) {
      assert.ok(!matches('exact', '/files/1', topic), topic)
    }
  })

  test('reads patterns and topics against the URL of the hub', () => {
    assert.ok(matches('urlpattern', '/files/:id', '/files/1'))
    assert.ok(matches('urlpattern', '/files/:id', 'https://hub.example/files/1'))
    for (const topic of ['/files/1/2', '/Files/1', 'https://other.example/files/1', 'http://', '/files/']) {
      assert.ok(!matches('urlpattern', '/files/:id', topic), topic)
    }
  })

  test('is another one against another URL, for what it matches is not the same', () => {
    const keys = ['http://a.example/hub', 'http://b.example/hub'].map((url) => createTopicMatcher('urlpattern', '/files/:id', url).key)
    assert.equal(new Set(keys).size, 2)
  })

  test('knows how the paths begin that it may match', () => {
    const root = '/.well-known/mercure/subscriptions/'
    const mayMatch = (type: MatcherType, match: string) => mayMatchBelow(createTopicMatcher(type, match, baseUrl), root)
    const reaching = [
      `${root}exact/:match`,
      '/.well-known/mercure/*',
      '/:a/mercure/*',
      '*',
      'https://hub.example/*',
      'mercure/subscriptions/:b',
    ]
    for (const match of [...reaching, '/x/../.well-known/:a', '/.well-known/mercure/subscriptions/:a?', 'https://*/.well-known/*']) {
      assert.ok(mayMatch('urlpattern', match), match)
    }
    for (const match of ['/live/:id', 'https://hub.example/live/*', '/.well-known/other/*', 'https://hub.example/other']) {
      assert.ok(!mayMatch('urlpattern', match), match)
    }
    assert.ok(mayMatch('template', '{+any}') && mayMatch('template', `${root}{topic}`) && !mayMatch('template', '/live/{id}'))
    assert.ok(mayMatch('exact', `${root}exact/a/b`) && mayMatch('exact', '*') && !mayMatch('exact', '/live/1'))
  })

  test('has one wildcard, of either type', () => {
    for (const type of ['exact', 'urlpattern'] as const) assert.ok(matches(type, '*', 'anything at all'))
    assert.ok(!matches('exact', '/*', '/files'))
  })

  test('refuses what is no text, no pattern, or could take long', () => {
    const bad = [
      '',
      'a\nb',
      'a\u200bb',
      '\ud800',
      'x'.repeat(maxTopicLength + 1),
      '/(a+)+b',
      '/:a-:b-:c',
      '/*a*/:b/:c',
      '/*a*a*a',
      '/{a}*',
      '/*+b',
      '/x:a+b',
      '/**',
      'https://[',
    ]
    for (const match of bad) assert.throws(() => createTopicMatcher('urlpattern', match, baseUrl), InvalidMatcher, JSON.stringify(match))
  })

  test('answers soon whatever it is given', () => {
    const { below } = createRandom(7)
    const alphabet = ['a', '/', ':', '*', '{', '}', '?', '+', '(', ')', '\\', '#', 'b', '%', '.', '-', '[', '\u202e', '@']
    const text = (length: number) => Array.from({ length }, () => alphabet[below(alphabet.length)]).join('')
    let accepted = 0
    const began = performance.now()
    for (let round = 0; round < 5_000; round++) {
      const match = text(1 + below(24))
      try {
        createTopicMatcher('urlpattern', match, baseUrl).matches(`/${'a'.repeat(below(maxTopicLength - 2))}b`)
        accepted++
        assert.ok(isPlainText(match))
      } catch (error) {
        assert.ok(error instanceof InvalidMatcher, String(error))
      }
    }
    assert.ok(accepted > 100, `${accepted} accepted`)
    assert.ok(performance.now() - began < 30_000)
  })
})
