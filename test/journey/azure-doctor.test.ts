import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askDoctor } from '../service/ask-doctor.ts'
import { keysInContainer, makeContainer, signContainer } from '../service/own-container.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL'] ?? ''
const hourMs = 3_600_000
const skip = url === '' && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

test('the doctor says what is wrong with Azure and how to mend it, and leaves nothing there', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-azure-'))
  t.after(() => rm(folder, { recursive: true }))
  await using container = await makeContainer(url)
  const { AZURE_BLOB_ACCOUNT_KEY: key = '', ...keyless } = container.settings
  const doctor = async (settings: Record<string, string>) => {
    const output = await askDoctor({ dataDir: join(folder, crypto.randomUUID()), settings })
    return output.split('\n').find((line) => line.includes(' storage ')) ?? output
  }
  const withKey = { ...keyless, AZURE_BLOB_ACCOUNT_KEY: key }
  const sign = (rights: string, expiresInMs: number) => signContainer(container.settings, rights, expiresInMs)
  const expected: [Record<string, string>, RegExp][] = [
    [withKey, /^ok +storage +wrote, read, listed and deleted a probe/],
    [{ ...withKey, AZURE_BLOB_ACCOUNT_KEY: btoa('another') }, /^WRONG +storage .*answered with 403: \w+: check AZURE_BLOB_ACCOUNT_KEY/],
    [{ ...withKey, AZURE_BLOB_CONTAINER: 'nobody-made-it' }, /^WRONG +storage .*404: ContainerNotFound: make the container nobody-made-it/],
    [
      { ...withKey, AZURE_BLOB_ENDPOINT: 'http://127.0.0.1:9/holdfast' },
      /^WRONG +storage .*nothing: ECONNREFUSED: check AZURE_BLOB_ENDPOINT.*127\.0\.0\.1:9/,
    ],
    [
      { ...keyless, AZURE_BLOB_SAS_TOKEN: sign('rcwdl', -hourMs) },
      /^WRONG +storage .*answered with 403: \w+: check AZURE_BLOB_SAS_TOKEN.*not expired/,
    ],
    [
      { ...keyless, AZURE_BLOB_SAS_TOKEN: sign('rcwd', hourMs) },
      /^WRONG +storage .*answered with 403: \w+: check AZURE_BLOB_SAS_TOKEN.*may .* list/,
    ],
    [
      { ...keyless, AZURE_BLOB_ENDPOINT: 'https://127.0.0.1:9', IDENTITY_ENDPOINT: 'http://127.0.0.1:9' },
      /^WRONG +storage .*NoManagedIdentity: give this machine an identity/,
    ],
  ]
  await Promise.all(expected.map(async ([settings, says]) => assert.match(await doctor(settings), says)))
  assert.deepEqual(await keysInContainer(withKey), [])
})
