import { setTimeout as pause } from 'node:timers/promises'
import { expectJson } from '../../service/client.ts'
import { freshName, type KnownOperations, type World } from './known-operation.ts'

type Made = { readonly id: string }

/** Its name, its bytes and its tag are nobody else's business. */
async function privateFile({ owner, marker }: World): Promise<string> {
  const { id } = expectJson<Made>(await owner.upload(`${marker}-${freshName()}.txt`, Buffer.from(`${marker} bytes`)), 201)
  expectJson(await owner.ask('PATCH', `/v1/files/${id}`, { private: true, tags: [marker] }), 200)
  return id
}

/** An index beside the database may be a second behind. */
async function findableFile(world: World): Promise<string> {
  const id = await privateFile(world)
  while (!(await world.owner.get(`/v1/search?q=${world.marker}`)).body.includes(id)) await pause(50)
  return id
}

/** Its thumbnails are there. */
async function privatePicture({ owner, marker }: World): Promise<string> {
  const picture = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="5"/></svg>')
  const uploaded = await owner.upload(`${marker}-${freshName()}.svg`, picture, { 'content-type': 'image/svg+xml' })
  const { id } = expectJson<Made>(uploaded, 201)
  expectJson(await owner.ask('PATCH', `/v1/files/${id}`, { private: true }), 200)
  while ((await owner.get(`/v1/files/${id}/thumbnails/small`)).status === 202) await pause(100)
  return id
}

export async function trashedFile(world: World): Promise<string> {
  const id = await privateFile(world)
  expectJson(await world.owner.ask('DELETE', `/v1/files/${id}`), 202)
  return id
}

async function privateFolder({ owner, marker }: World): Promise<string> {
  const { id } = expectJson<Made>(await owner.ask('POST', '/v1/folders', { name: `${marker}-${freshName()}` }), 201)
  expectJson(await owner.ask('PATCH', `/v1/folders/${id}`, { private: true }), 200)
  expectJson(await owner.ask('POST', '/v1/folders', { name: `${marker}-inside`, parentId: id }), 201)
  return id
}

const shared =
  (make: (world: World) => Promise<string>, kind: 'files' | 'folders') =>
  async (world: World): Promise<string> => {
    const id = await make(world)
    expectJson(await world.owner.ask('PUT', `/v1/${kind}/${id}/shares/${world.reader}`), 200)
    return id
  }
const sharedFile = shared(privateFile, 'files')
const sharedFolder = shared(privateFolder, 'folders')
const toReader = ({ reader }: World) => ({ user: reader })

async function trashedFolder(world: World): Promise<string> {
  const id = await privateFolder(world)
  expectJson(await world.owner.ask('DELETE', `/v1/folders/${id}`), 202)
  return id
}

const hidden = { colleague: 404, foreigner: 404 }
const visible = { owner: 200, colleague: 200, foreigner: 200 }

export const fileOperations: KnownOperations = {
  'GET /v1/files': { subject: privateFile, ...visible, tells: true },
  'POST /v1/files': {
    subject: privateFolder,
    call: (_world, folder) => ({ query: { name: freshName(), folder }, bytes: Buffer.from('bytes') }),
    owner: 201,
    ...hidden,
  },
  'GET /v1/files/{fileId}': { subject: privateFile, owner: 200, ...hidden, tells: true },
  'PATCH /v1/files/{fileId}': {
    subject: privateFile,
    call: () => ({ json: { name: freshName(), favourite: true, tags: ['tag'] } }),
    owner: 200,
    ...hidden,
  },
  'DELETE /v1/files/{fileId}': { subject: privateFile, owner: 202, ...hidden, tells: true },
  'POST /v1/files/{fileId}/copy': { subject: privateFile, call: () => ({ json: { name: freshName() } }), owner: 201, ...hidden },
  'POST /v1/files/{fileId}/restore': { subject: trashedFile, owner: 200, ...hidden, tells: true },
  'POST /v1/files/{fileId}/erase': { subject: privateFile, owner: 200, ...hidden },
  'GET /v1/files/{fileId}/content': { subject: privateFile, owner: 200, ...hidden, tells: true },
  'HEAD /v1/files/{fileId}/content': { subject: privateFile, owner: 200, ...hidden },
  'GET /v1/files/{fileId}/thumbnails/{size}': { subject: privatePicture, owner: 200, ...hidden },
  'HEAD /v1/files/{fileId}/thumbnails/{size}': { subject: privatePicture, owner: 200, ...hidden },
  'PUT /v1/files/{fileId}/content': { subject: privateFile, call: () => ({ bytes: Buffer.from('newer') }), owner: 200, ...hidden },
  'GET /v1/search': { subject: findableFile, call: ({ marker }) => ({ query: { q: marker } }), ...visible, tells: true },
  'GET /v1/folders': { subject: privateFolder, ...visible, tells: true },
  'POST /v1/folders': {
    subject: privateFolder,
    call: (_world, parentId) => ({ json: { name: freshName(), parentId } }),
    owner: 201,
    ...hidden,
  },
  'GET /v1/folders/{folderId}': { subject: privateFolder, owner: 200, ...hidden, tells: true },
  'PATCH /v1/folders/{folderId}': { subject: privateFolder, call: () => ({ json: { name: freshName() } }), owner: 200, ...hidden },
  'DELETE /v1/folders/{folderId}': { subject: privateFolder, owner: 202, ...hidden, tells: true },
  'GET /v1/folders/{folderId}/children': { subject: privateFolder, owner: 200, ...hidden, tells: true },
  'POST /v1/folders/{folderId}/restore': { subject: trashedFolder, owner: 200, ...hidden, tells: true },
  'GET /v1/files/{fileId}/shares': { subject: sharedFile, owner: 200, ...hidden },
  'PUT /v1/files/{fileId}/shares/{userId}': { subject: privateFile, call: toReader, owner: 200, ...hidden },
  'DELETE /v1/files/{fileId}/shares/{userId}': { subject: sharedFile, call: toReader, owner: 204, ...hidden },
  'GET /v1/folders/{folderId}/shares': { subject: sharedFolder, owner: 200, ...hidden },
  'PUT /v1/folders/{folderId}/shares/{userId}': { subject: privateFolder, call: toReader, owner: 200, ...hidden },
  'DELETE /v1/folders/{folderId}/shares/{userId}': { subject: sharedFolder, call: toReader, owner: 204, ...hidden },
  'GET /v1/trash': { subject: trashedFile, ...visible, tells: true },
  'POST /v1/trash/empty': { subject: trashedFile, ...visible },
}
