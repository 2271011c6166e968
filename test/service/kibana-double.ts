import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/**
 * Stands for Kibana where none can be had: its published `POST /api/saved_objects/_import`, and of what is imported the form that Kibana 8.19
 * exports. Anything else is refused. It proves that what is sent is what is published, not that Kibana shows it.
 */
export interface KibanaDouble extends AsyncDisposable {
  readonly url: string
  /** What was imported last; undefined until then. */
  readonly imported: readonly SavedObject[] | undefined
}

/** So often it says first that it is not ready yet. */
export async function startKibanaDouble(notReady: number): Promise<KibanaDouble> {
  let imported: readonly SavedObject[] | undefined
  let left = notReady
  const server = createServer((incoming, outgoing) => {
    const answer = (status: number, body: object) =>
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (left-- > 0) {
      incoming.resume()
      outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('Kibana server is not ready yet')
      return
    }
    takeImport(incoming).then(
      (objects) => {
        imported = objects
        const successResults = objects.map(({ type, id }) => ({ type, id, overwrite: true, managed: false }))
        answer(200, { success: true, successCount: objects.length, successResults, warnings: [] })
      },
      (error: unknown) => answer(400, { statusCode: 400, error: 'Bad Request', message: String(error) }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get imported() {
      return imported
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function takeImport(incoming: IncomingMessage): Promise<readonly SavedObject[]> {
  assert.equal(incoming.method, 'POST')
  assert.equal(incoming.url, '/api/saved_objects/_import?overwrite=true')
  assert.ok(incoming.headers['kbn-xsrf'], 'Request must contain a kbn-xsrf header.')
  const body = Buffer.concat(await incoming.toArray())
  const form = await new Response(body, { headers: { 'content-type': incoming.headers['content-type'] ?? '' } }).formData()
  assert.deepEqual([...form.keys()], ['file'])
  const file = form.get('file')
  assert.ok(file instanceof File && file.name.endsWith('.ndjson'), 'Invalid file extension')
  const objects = (await file.text())
    .trim()
    .split('\n')
    .map((line) => savedObject.parse(JSON.parse(line)))
  const known = new Set(objects.map(({ type, id }) => `${type}:${id}`))
  assert.equal(known.size, objects.length, 'Non-unique import objects detected')
  for (const { references } of objects) for (const { type, id } of references) assert.ok(known.has(`${type}:${id}`), 'missing_references')
  for (const object of objects) demandNamed(object)
  return objects
}

const json = <Content extends z.ZodType>(content: Content) => z.string().transform((text) => content.parse(JSON.parse(text)))
const query = z.strictObject({ query: z.string(), language: z.literal('kuery') })
const references = z.array(z.strictObject({ type: z.string(), id: z.string(), name: z.string() }))
const object = <Type extends string, Attributes extends z.ZodType>(type: Type, version: string, attributes: Attributes) =>
  z.strictObject({
    ...{ type: z.literal(type), id: z.string(), attributes, references },
    ...{ managed: z.boolean(), coreMigrationVersion: z.literal('8.8.0'), typeMigrationVersion: z.literal(version) },
  })

const sourceOfView = json(z.strictObject({ query, filter: z.array(z.never()), indexRefName: z.string() }))
const layer = z.strictObject({
  columnOrder: z.array(z.string()),
  columns: z.record(
    z.string(),
    z.looseObject({ operationType: z.enum(['date_histogram', 'count', 'terms', 'percentile']), sourceField: z.string() }),
  ),
  incompleteColumns: z.strictObject({}),
})

const savedObject = z.discriminatedUnion('type', [
  object(
    'index-pattern',
    '8.0.0',
    z.strictObject({
      ...{ title: z.string(), name: z.string(), timeFieldName: z.string(), allowHidden: z.boolean() },
      ...{
        sourceFilters: json(z.array(z.never())),
        fieldFormatMap: json(z.object()),
        runtimeFieldMap: json(z.object()),
        fieldAttrs: json(z.object()),
      },
    }),
  ),
  object(
    'search',
    '10.5.0',
    z.strictObject({
      ...{
        title: z.string(),
        description: z.string(),
        columns: z.array(z.string()),
        sort: z.array(z.tuple([z.string(), z.enum(['asc', 'desc'])])),
      },
      ...{ grid: z.strictObject({}), hideChart: z.boolean(), isTextBasedQuery: z.boolean(), timeRestore: z.boolean() },
      kibanaSavedObjectMeta: z.strictObject({ searchSourceJSON: sourceOfView }),
    }),
  ),
  object(
    'lens',
    '8.9.0',
    z.strictObject({
      ...{ title: z.string(), description: z.string(), visualizationType: z.enum(['lnsXY', 'lnsDatatable']) },
      state: z.strictObject({
        datasourceStates: z.strictObject({ formBased: z.strictObject({ layers: z.record(z.string(), layer) }) }),
        ...{ visualization: z.looseObject({}), query, filters: z.array(z.never()) },
        ...{ internalReferences: z.array(z.never()), adHocDataViews: z.strictObject({}) },
      }),
    }),
  ),
  object(
    'dashboard',
    '10.3.0',
    z.strictObject({
      ...{ title: z.string(), description: z.string(), version: z.literal(1) },
      ...{ timeRestore: z.boolean(), timeFrom: z.string(), timeTo: z.string(), optionsJSON: json(z.object()) },
      panelsJSON: json(
        z.array(
          z.strictObject({
            ...{ type: z.enum(['lens', 'search']), panelIndex: z.string(), panelRefName: z.string(), embeddableConfig: z.object() },
            gridData: z.strictObject({ x: z.int().min(0).max(47), y: z.int(), w: z.int().max(48), h: z.int(), i: z.string() }),
          }),
        ),
      ),
      kibanaSavedObjectMeta: z.strictObject({ searchSourceJSON: json(z.strictObject({ query, filter: z.array(z.never()) })) }),
    }),
  ),
])

export type SavedObject = z.infer<typeof savedObject>

/** What an object calls another by is among its references. */
function demandNamed(object: SavedObject): void {
  const named = object.references.map(({ name }) => name)
  if (object.type === 'search') assert.deepEqual(named, [object.attributes.kibanaSavedObjectMeta.searchSourceJSON.indexRefName])
  if (object.type === 'dashboard')
    assert.deepEqual(
      object.attributes.panelsJSON.map(({ panelIndex, panelRefName }) => `${panelIndex}:${panelRefName}`),
      named,
    )
  if (object.type !== 'lens') return
  const { layers } = object.attributes.state.datasourceStates.formBased
  assert.deepEqual(
    Object.keys(layers).map((id) => `indexpattern-datasource-layer-${id}`),
    named,
  )
  for (const { columns, columnOrder } of Object.values(layers)) assert.deepEqual(Object.keys(columns), columnOrder)
}
