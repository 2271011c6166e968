import assert from 'node:assert/strict'
import test from 'node:test'
import { nameKey, parseEntryName } from './entry-name.ts'
import { failure } from './testing/open-media-room.ts'

test('a name is kept as it is given, in NFC', () => {
  const names = [
    'report.pdf',
    'a',
    'été 2026.txt',
    'שלום.txt',
    'con',
    'a:b*?.txt',
    '....',
    '.env',
    '👩‍👩‍👧.png',
    'a'.repeat(255),
    'é'.repeat(127),
  ]
  for (const name of names) assert.equal(parseEntryName(name), name)
  assert.equal(parseEntryName('e\u0301te\u0301'), 'été')
  assert.equal(parseEntryName('\u212b'), 'Å', 'the Ångström sign is the letter')
  assert.equal(parseEntryName('e\u0301'.repeat(127)), 'é'.repeat(127), 'what counts is the name as it is kept')
})

test('hostile names are refused', () => {
  const names = [
    ...['', '.', '..', '../etc/passwd', '..\\boot.ini', '/', 'a/b', 'a\\b'],
    ...['a\0.png', 'a\nb', 'a\tb', 'a\u007f', 'a\u0085b', 'a\u2028b', 'a\u2029b'],
    ...[' a', 'a ', 'a\u00a0', '\u3000a', '\ufeffa', ' ', 'a\u2003'],
    ...['\u202egpj.exe', 'a\u202ab', 'a\u2066b\u2069'],
    ...['\u200b', '\u200d\u2060', '\u3164'],
    ...['\ud800', 'a\udc00b'],
    ...['a'.repeat(256), 'é'.repeat(128), 'x'.repeat(10_000)],
  ]
  for (const name of names) assert.throws(() => parseEntryName(name), failure('name.invalid'), JSON.stringify(name))
})

test('names are the same with case aside', () => {
  const twins = [
    ['README', 'readme'],
    ['straße', 'STRASSE'],
    ['straße', 'STRAẞE'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['\u212a', 'k'],
    ['ſo', 'so'],
    ['ﬁn', 'FIN'],
    ['ÉTÉ', 'été'],
    ['ǆ', 'ǅ'],
    ['ısparta', 'ISPARTA'],
  ]
  for (const [one = '', other = ''] of twins)
    assert.equal(nameKey(parseEntryName(one)), nameKey(parseEntryName(other)), `${one} and ${other}`)
  for (const [one = '', other = ''] of [
    ['é', 'e'],
    ['a', 'b'],
    ['İ', 'I'],
    ['ä', 'ae'],
  ])
    assert.notEqual(nameKey(one), nameKey(other))
})

test('each character is the same in either case, and a key is its own key', () => {
  for (let point = 0; point <= 0x1_ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const name = `x${String.fromCodePoint(point)}`.normalize('NFC')
    const key = nameKey(name)
    assert.equal(nameKey(key), key, name)
    assert.equal(nameKey(name.toUpperCase().normalize('NFC')), key, name)
    assert.ok(key.length <= 2 * Buffer.byteLength(name), name)
  }
})
