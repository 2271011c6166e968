import { firstWords } from './first-words.ts'

/** What answers at an address, as `MariaDB 10.11.14`. @throws when it cannot be told. */
export type AskEngine = (address: string) => Promise<string>

/** By the greeting, which comes before any log-in. */
export const askMysql: AskEngine = async (address) => {
  const { hostname, port } = new URL(address)
  const words = await firstWords(Number(port || 3306), '', hostname)
  // A header of four bytes, the protocol's version, and the server's, which a NUL ends.
  const version = words?.slice(5).split('\0')[0]
  if (version === undefined || !/^\d+\./.test(version)) throw new Error('no MySQL answers')
  // MariaDB says that it is a MySQL 5.5.5, and then what it is.
  const mariadb = /^(?:5\.5\.5-)?(\d+\.\d+\.\d+)-MariaDB/.exec(version)?.[1]
  return mariadb === undefined ? `MySQL ${version}` : `MariaDB ${mariadb}`
}

/** By its management API. */
export const askRabbitmq: AskEngine = async (apiAddress) => {
  const { origin, username, password } = new URL(apiAddress)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  const answer = await fetch(`${origin}/api/overview`, { headers, signal: AbortSignal.timeout(5000) })
  const overview: unknown = await answer.json()
  return `RabbitMQ ${Reflect.get(Object(overview), 'rabbitmq_version')}`
}

export const askElasticsearch: AskEngine = async (address) => {
  const answer = await fetch(address, { signal: AbortSignal.timeout(5000) })
  const about: unknown = await answer.json()
  const version: unknown = Reflect.get(Object(about), 'version')
  return `Elasticsearch ${Reflect.get(Object(version), 'number')}`
}

export const askRedis: AskEngine = async (address) => {
  const { hostname, port } = new URL(address)
  const words = await firstWords(Number(port || 6379), 'INFO server\r\n', hostname)
  const version = /redis_version:(\S+)/.exec(words ?? '')?.[1]
  if (version === undefined) throw new Error('no Redis answers')
  return `Redis ${version}`
}

/** By the header of its answers; the service itself has another. */
export const askAzurite: AskEngine = async (address) => {
  const { origin, pathname } = new URL(address)
  const { headers } = await fetch(`${origin}${pathname}`, { signal: AbortSignal.timeout(5000) })
  return headers.get('server')?.replace(/-Blob\//, ' ') ?? 'Azure Blob Storage'
}
