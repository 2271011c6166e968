import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeText } from './decode-text.ts'
import { encodeWord } from './encode-word.ts'
import { wordsOf, wordsToFind } from './words.ts'

const texts = (text: string) => [...wordsOf(text)].map((word) => word.text)

test('words are compared without case, accents and forms', () => {
  assert.deepEqual(texts('IMG_2031-Été à l’Île.JPG'), ['img', '2031', 'ete', 'a', 'l', 'ile', 'jpg'])
  assert.deepEqual(texts('Straße STRASSE ﬁn Ⅳ ½'), ['strasse', 'strasse', 'fin', 'iv', '12'])
  assert.deepEqual(texts('smørrebrød Łódź ΛΟΓΟΣ İstanbul'), ['smorrebrod', 'lodz', 'λογοσ', 'istanbul'])
  assert.deepEqual(texts('e\u0301te\u0301'), texts('été'))
})

test('what has no word is none', () => {
  for (const text of ['', ' ', '-_.!?"*+()<>~@', '\u0301', '\u200b\u202e']) assert.deepEqual(texts(text), [])
})

test('right-to-left letters, pictures and whatever script are words', () => {
  assert.deepEqual(texts('שלום مرحبا'), ['שלום', 'مرحبا'])
  assert.deepEqual(texts('party🎉👩‍🚀.png'), ['party', '🎉', '👩', '🚀', 'png'])
})

test('where no space tells the words, any part of a text is found', () => {
  const written = texts('東京都庁舎photo')
  const isFound = (query: string) => wordsToFind(query).every((word) => written.some((each) => each.startsWith(word)))
  assert.deepEqual(written, ['東京', '京都', '都庁', '庁舎', '舎', 'photo'])
  for (const query of ['東', '京', '舎', '京都', '都庁舎', '東京都庁舎', '庁舎 ph']) assert.ok(isFound(query), query)
  for (const query of ['東都', '京東', '舎東']) assert.ok(!isFound(query), query)
})

test('the beginning of a word is the beginning of its code, in letters that no engine treats', () => {
  const tenantId = '01a2065c-f0ce-7bf6-b6b7-a51b444cc4c2'
  for (const word of ['a', 'harbour', 'λογοσ', '東京', '🎉', 'x'.repeat(300), 'щ'.repeat(300)]) {
    const code = encodeWord(tenantId, word)
    assert.match(code, /^t4cc4c2[a-z0-9_]{1,73}$/)
    for (let end = 1; end <= word.length; end++) {
      const beginning = word.slice(0, end)
      if (beginning.isWellFormed()) assert.ok(code.startsWith(encodeWord(tenantId, beginning)), beginning)
    }
  }
})

test('bytes become text by their mark, as UTF-8, or as what they may be; what is binary is none', () => {
  assert.equal(decodeText(Buffer.from('\uFEFFété')), 'été')
  assert.equal(decodeText(Buffer.from('été').subarray(0, 4)), 'ét')
  assert.equal(decodeText(Buffer.from([0xff, 0xfe, 0xe9, 0x00, 0x74])), 'é')
  assert.equal(decodeText(Buffer.from([0xfe, 0xff, 0x00, 0xe9])), 'é')
  assert.equal(decodeText(Buffer.from([0xe9, 0x74, 0xe9])), 'été')
  assert.equal(decodeText(Buffer.from([0x61, 0x00, 0x62])), '')
  assert.equal(decodeText(Buffer.from([])), '')
})
