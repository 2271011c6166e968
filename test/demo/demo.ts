/** The life of real files on a Holdfast of its own, told as it happens. Ends with 1 where something is not as promised. */
import { openHouse } from '../service/house.ts'
import { type Caller, createCaller, json } from './caller.ts'
import { eraseWithReceipt, trashAndRestore, trashUntilPurged } from './deletions.ts'
import { tellStory } from './story.ts'
import { demand, tell } from './tell.ts'
import { makeFolder, type StoredFile, type Uploaded, uploadSamples } from './uploads.ts'

const graceSeconds = 6

await using house = await openHouse({ MEDIA_PURGE_DELAY_SECONDS: String(graceSeconds) })
const { url } = house.process
console.log(`Holdfast runs at ${url}, its data in ${house.dataDir}, and purges ${graceSeconds} s after a deletion.`)

const call = await logIn(house.account)
const uploaded = await uploadSamples(call)
await downloadRange(call, uploaded)
const [first, second] = uploaded.pictures
if (first === undefined || second === undefined) throw new Error('the form brought fewer than two files')
await moveFile(call, first)
await trashAndRestore(call, first)
const correlationId = await trashUntilPurged(call, first)
await eraseWithReceipt(call, house.dataDir, second)
await tellStory(call, correlationId)
console.log('\nAll of it as promised.')

async function logIn({ email, password }: typeof house.account): Promise<Caller> {
  tell.step('Log in')
  const answer = await createCaller(url)('POST', '/v1/tokens', { body: { email, password }, status: 200, note: email })
  return createCaller(url, json<{ accessToken: string }>(answer).accessToken)
}

async function downloadRange(download: Caller, { video, videoSample }: Uploaded): Promise<void> {
  tell.step('Read a part of the video')
  const { bytes, headers } = await download('GET', `/v1/files/${video.id}/content`, { headers: { range: 'bytes=1000-1999' }, status: 206 })
  demand(bytes.equals(videoSample.bytes.subarray(1000, 2000)), `${headers.get('content-range')}: those very bytes`)
}

async function moveFile(move: Caller, { id, name }: StoredFile): Promise<void> {
  tell.step(`Move ${name} to another folder`)
  const folderId = await makeFolder(move, 'Archive')
  const moved = json<StoredFile>(await move('PATCH', `/v1/files/${id}`, { body: { folderId }, status: 200 }))
  demand(moved.folderId === folderId, `${name} is in Archive`)
}
