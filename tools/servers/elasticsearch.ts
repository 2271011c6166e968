import { provideImage } from './docker.ts'
import { askElasticsearch } from './engine.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerContainer } from './server-container.ts'

export interface Elasticsearch extends Server {
  /** `http://…` */
  readonly url: string
}

const image = 'docker.elastic.co/elasticsearch/elasticsearch:9.5.3'

/** Starts one node of one's own, through Docker. @throws where there is none: no package of Debian's brings it. */
export async function startElasticsearch(): Promise<Elasticsearch> {
  if (!(await provideImage(image))) throw new Error('it comes as an image, and there is no Docker that has or gets it')
  return onFreePorts(1, async ([port = 0]) => {
    const url = `http://127.0.0.1:${port}`
    await using resources = new AsyncDisposableStack()
    const server = resources.use(
      await createServerContainer({
        name: 'Elasticsearch',
        image,
        env: { 'discovery.type': 'single-node', 'xpack.security.enabled': 'false', ES_JAVA_OPTS: '-Xms512m -Xmx1g' },
        ports: { [port]: 9200 },
        isReady: () =>
          askElasticsearch(url).then(
            () => true,
            () => false,
          ),
      }),
    )
    await server.start()
    const owned = resources.move()
    return { ...server, url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}
