import type { Benchmark } from '../benchmark.ts'
import { startHoldfast } from '../holdfast.ts'
import type { UploadPlan } from '../load/upload.ts'
import { runLoad, startServer } from '../processes.ts'

const amounts = { connections: 8, uploadsPerConnection: 2, fileBytes: 64 * 1024 * 1024 }

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

async function intoBareServer(program: string, folder: string, form: boolean) {
  await using server = await startServer(program, folder)
  return await runLoad('upload.ts', plan({ url: server.url, serverPid: server.pid, headers: {}, form }))
}

async function intoHoldfast(folder: string, form: boolean) {
  await using server = await startHoldfast(folder)
  return await runLoad('upload.ts', plan({ url: `${server.url}/v1/files`, serverPid: server.pid, headers: server.headers, form }))
}

const plan = (target: Pick<UploadPlan, 'url' | 'serverPid' | 'headers' | 'form'>): UploadPlan => ({ ...amounts, ...target })
