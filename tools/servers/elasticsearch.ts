import { provideImage } from './docker.ts'
import { onFreePorts } from './free-ports.ts'
import { createLaunchedServer } from './launched-server.ts'
import type { Server } from './server.ts'
import { createServerContainer } from './server-container.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Elasticsearch extends Server {
  /** `http://…` */
  readonly url: string
}

const image = 'docker.elastic.co/elasticsearch/elasticsearch:9.5.3'
/** `COMMAND PORT FOLDER` starts a node there, with what the folder holds of one before, and leaves it running. */
const command = process.env['HOLDFAST_TEST_ELASTICSEARCH_COMMAND']
/** It lives for some tests: what Java compiles further does not pay, and a start costs half the processor without it. */
const brief = '-XX:TieredStopAtLevel=1'

/** Starts one node of one's own: through Docker where it has one, else by the command. @throws where there is neither. */
export async function startElasticsearch(): Promise<Elasticsearch> {
  const inDocker = await provideImage(image)
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const server = resources.use(
      inDocker ? await createContainer(port) : createLaunched(port, resources.use(createTemporaryFolder('elasticsearch')).path),
    )
    await server.start()
    const owned = resources.move()
    return { ...server, url: urlOf(port), [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

/** Why none can be started here. */
export async function whyNoElasticsearch(): Promise<string | false> {
  return command === undefined && !(await provideImage(image)) && withoutCommand
}

const withoutCommand = 'no Docker has or gets its image, and no HOLDFAST_TEST_ELASTICSEARCH_COMMAND starts one'

const urlOf = (port: number) => `http://127.0.0.1:${port}`

/** Also with the indices that were there before. */
const isReady = (port: number) => () =>
  fetch(`${urlOf(port)}/_cluster/health?wait_for_status=yellow&timeout=1s`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  )

function createContainer(port: number): Promise<Server> {
  return createServerContainer({
    name: 'Elasticsearch',
    image,
    env: { 'discovery.type': 'single-node', 'xpack.security.enabled': 'false', ES_JAVA_OPTS: `-Xms512m -Xmx1g ${brief}` },
    ports: { [port]: 9200 },
    isReady: isReady(port),
  })
}

function createLaunched(port: number, folder: string): Server {
  if (command === undefined) throw new Error(withoutCommand)
  return createLaunchedServer({
    name: 'Elasticsearch',
    command,
    args: [String(port), folder],
    env: { JAVA_TOOL_OPTIONS: brief },
    folder,
    isReady: isReady(port),
  })
}
