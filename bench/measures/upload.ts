import type { Benchmark } from '../benchmark.ts'
import { startHoldfast } from '../holdfast.ts'
import type { Measured } from '../load/measure.ts'
import type { UploadPlan } from '../load/upload.ts'
import { runLoad, startServer } from '../processes.ts'

type Amounts = Pick<UploadPlan, 'connections' | 'uploadsPerConnection' | 'fileBytes'>

const large: Amounts = { connections: 8, uploadsPerConnection: 2, fileBytes: 64 * 1024 * 1024 }
const small: Amounts = { connections: 32, uploadsPerConnection: 60, fileBytes: 20 * 1024 }

export const uploadRaw: Benchmark = {
  name: 'upload-raw',
  about: '64 MiB bodies, 8 at once, each hashed (SHA-256) and synced; Holdfast writes its rows too',
  unit: 'MiB/s',
  contenders: [
    { name: 'node:http', run: (folder) => intoBareServer('bare-upload.ts', folder, false) },
    { name: 'holdfast', run: (folder) => intoHoldfast(folder, false) },
  ],
  goals: [{ subject: 'holdfast', peer: 'node:http', atLeast: 0.85 }],
}

export const uploadMultipart: Benchmark = {
  name: 'upload-multipart',
  about: 'the same as a form of one file',
  unit: 'MiB/s',
  contenders: [
    { name: '@fastify/multipart', run: (folder) => intoBareServer('fastify-multipart.ts', folder, true) },
    { name: 'holdfast', run: (folder) => intoHoldfast(folder, true) },
  ],
  goals: [{ subject: 'holdfast', peer: '@fastify/multipart', atLeast: 0.9 }],
}

/** As requests: what such a file weighs is not what it costs. */
export const uploadSmall: Benchmark = {
  name: 'upload-small',
  about: '20 KiB bodies, 32 at once, each hashed, synced and with a row',
  unit: 'requests/s',
  contenders: [
    { name: 'node:http', run: async (folder) => inFiles(await intoBareServer('bare-upload-row.ts', folder, false, small)) },
    { name: 'holdfast', run: async (folder) => inFiles(await intoHoldfast(folder, false, small)) },
  ],
  goals: [{ subject: 'holdfast', peer: 'node:http', atLeast: 0.7 }],
  keepsFolders: true,
}

const inFiles = (measured: Measured): Measured => ({ ...measured, amount: measured.amount / small.fileBytes })

async function intoBareServer(program: string, folder: string, form: boolean, amounts: Amounts = large) {
  await using server = await startServer(program, folder)
  const plan: UploadPlan = { ...amounts, url: server.url, serverPid: server.pid, headers: {}, form }
  return await runLoad('upload.ts', plan)
}

async function intoHoldfast(folder: string, form: boolean, amounts: Amounts = large) {
  await using server = await startHoldfast(folder)
  const plan: UploadPlan = { ...amounts, url: `${server.url}/v1/files`, serverPid: server.pid, headers: server.headers, form }
  return await runLoad('upload.ts', plan)
}
