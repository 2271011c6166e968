import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRandom } from '../faults/random.ts'
import { type House, openHouse } from '../service/house.ts'
import { compareEffects, compareList, readBack } from './acknowledged.ts'
import { openHouseAtRest } from './audit/house.ts'
import type { Report, Rule } from './findings.ts'
import { createLedger, type KnownFile, type Ledger } from './ledger.ts'
import { rename } from './operations/changes.ts'
import { erase } from './operations/deletions.ts'
import { createFolder } from './operations/folders.ts'
import { upload } from './operations/uploads.ts'
import { checkReceipts } from './receipts.ts'
import { openSession, type Session } from './session.ts'

/** What the clients of a torture compare must be able to differ: each of these lies to a client about what it was told. */

const found: Rule[] = []
const report: Report = (rule) => void found.push(rule)
let house: House
let truth: Ledger

before(async () => {
  house = await openHouse()
  const session = sessionOf(createLedger())
  for (const operation of [upload, upload, rename, createFolder]) await operation(session)
  while (session.ledger.receipts.length === 0) await erase(session)
  await upload(session)
  truth = session.ledger
})

after(() => house[Symbol.asyncDispose]())

const sessionOf = (ledger: Ledger): Session =>
  openSession({
    name: 'witness-1',
    random: createRandom(1),
    graceMs: 0,
    report,
    tally: { operations: 0, retries: 0, replays: 0, twins: 0, cuts: 0, refusals: new Map() },
    pool: { url: async () => house.process.url },
    credential: house.account.apiKey,
    ledger,
  })

const someFile = ({ files }: Ledger): KnownFile => {
  const file = files.values().find(({ state }) => state === 'active')
  assert.ok(file)
  return file
}

const lies: readonly (readonly [what: string, rule: Rule, tell: (ledger: Ledger) => unknown])[] = [
  ['a file that was never there', 'file.lost', ({ files }) => files.set('x', { ...someFile(truth), id: crypto.randomUUID() })],
  ['other bytes', 'file.altered', (ledger) => Object.assign(someFile(ledger), { content: { seed: 1, size: 1, sha256: 'other' } })],
  ['another name', 'file.altered', (ledger) => Object.assign(someFile(ledger), { name: 'other' })],
  ['a deletion that was not', 'file.back', (ledger) => Object.assign(someFile(ledger), { state: 'gone' })],
  ['a folder elsewhere', 'file.lost', ({ folders }) => Object.assign(folders.values().next().value ?? {}, { parentId: 'elsewhere' })],
  ['a file too few', 'list.wrong', ({ files }) => files.delete(someFile(truth).id)],
  [
    'another answer',
    'answer.differs',
    ({ answers }) => answers.splice(0, 1, { ...first(answers), reply: { ...first(answers).reply, status: 200 } }),
  ],
  ['an effect too many', 'effect.count', ({ expected }) => expected.set('witness-1-2', { exactly: ['file.created', 'file.created'] })],
  ['an effect that was not asked for', 'effect.count', ({ expected }) => expected.delete('witness-1-2')],
  [
    'a receipt of something else',
    'receipt.wrong',
    ({ receipts }) => receipts.push(Buffer.from(first(receipts).toString().replace('removed', 'shared'))),
  ],
]

test('finds nothing where clients were told the truth', async () => {
  assert.deepEqual(await compare(copyOf(truth)), [])
})

for (const [what, rule, tell] of lies) {
  test(`finds ${what}`, async () => {
    const ledger = copyOf(truth)
    tell(ledger)
    const rules = await compare(ledger)
    assert.ok(rules.includes(rule), `found only ${rules}`)
  })
}

function first<Item>([item]: readonly Item[]): Item {
  assert.ok(item)
  return item
}

const copyOf = ({ files, folders, answers, expected, receipts }: Ledger): Ledger => ({
  files: new Map(files.entries().map(([id, file]) => [id, { ...file }])),
  folders: new Map(folders.entries().map(([id, folder]) => [id, { ...folder }])),
  answers: [...answers],
  expected: new Map(expected),
  receipts: [...receipts],
})

async function compare(ledger: Ledger): Promise<Rule[]> {
  found.length = 0
  const session = sessionOf(ledger)
  await readBack(session)
  await compareList([session], report)
  await using atRest = await openHouseAtRest(house, 0)
  await compareEffects(atRest, [ledger], report)
  await checkReceipts(house.dataDir, [ledger], report)
  return [...found]
}
