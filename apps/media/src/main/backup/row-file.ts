import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Row } from '@holdfast/database'
import { Failure } from '../../kernel/failure.ts'

/** One JSON array a line: the names of the columns, then each row. Bytes are `{"base64": "…"}`. An empty table is an empty file. */
export async function* writeRows(pages: AsyncIterable<readonly Row[]>, count: (rows: number) => void): AsyncGenerator<string> {
  let columns: readonly string[] | undefined
  for await (const rows of pages) {
    if (columns === undefined) {
      columns = Object.keys(rows[0] ?? {})
      yield `${JSON.stringify(columns)}\n`
    }
    const lines = rows.map((row) => JSON.stringify(columns?.map((column) => encode(row[column]))))
    count(rows.length)
    yield `${lines.join('\n')}\n`
  }
}

const pageRows = 200

/** Throws `backup.damaged`. */
export async function* readRowFile(path: string): AsyncGenerator<Row[]> {
  let columns: readonly string[] | undefined
  let page: Row[] = []
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const values = parseLine(path, line)
    if (columns === undefined) {
      columns = values.map((name) => (typeof name === 'string' && /^[a-z0-9_]+$/.test(name) ? name : refuse(path)))
      continue
    }
    if (values.length !== columns.length) refuse(path)
    page.push(Object.fromEntries(columns.map((column, at) => [column, decode(path, values[at])])))
    if (page.length === pageRows) {
      yield page
      page = []
    }
  }
  if (page.length > 0) yield page
}

function parseLine(path: string, line: string): unknown[] {
  try {
    const values: unknown = JSON.parse(line)
    return Array.isArray(values) ? values : refuse(path)
  } catch {
    return refuse(path)
  }
}

const encode = (value: Row[string] | undefined): unknown => {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  return typeof value === 'bigint' ? Number(value) : value
}

function decode(path: string, value: unknown): Row[string] {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'object' && 'base64' in value && typeof value.base64 === 'string') return Buffer.from(value.base64, 'base64')
  return refuse(path)
}

function refuse(path: string): never {
  throw new Failure('unprocessable', 'backup.damaged', `${path} holds no rows of this service`)
}
