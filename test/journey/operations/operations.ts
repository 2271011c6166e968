import type { Client } from '../../service/client.ts'
import type { Reply } from '../../service/send.ts'
import type { Operation } from '../openapi.ts'
import { accountOperations } from './account-operations.ts'
import { fileOperations } from './file-operations.ts'
import type { Call, KnownOperations } from './known-operation.ts'
import { opsOperations } from './ops-operations.ts'
import { publicOperations } from './public-operations.ts'

/** What asks for credentials. */
export const guardedOperations: KnownOperations = { ...fileOperations, ...accountOperations, ...opsOperations }

/** Every operation of the document has an entry here: a test holds the two together. */
export const operations: KnownOperations = { ...publicOperations, ...guardedOperations }

export const pathOf = ({ path }: Pick<Operation, 'path'>, id: string, { query = {}, user = id }: Call = {}): string => {
  const search = new URLSearchParams(query).toString()
  const others = path.replace('{size}', 'small').replace('/shares/{userId}', `/shares/${user}`)
  return `${others.replace(/\{\w+\}/, encodeURIComponent(id))}${search && `?${search}`}`
}

/** The operation as its client means it. */
export function callOperation(client: Client, operation: Operation, id: string, call: Call = {}): Promise<Reply> {
  const path = pathOf(operation, id, call)
  if (call.bytes !== undefined) return client.send({ method: operation.method, path, body: call.bytes })
  return client.ask(operation.method, path, call.json)
}
