import { fileURLToPath } from 'node:url'
import { askHealth } from './ask-health.ts'
import { readText, withEnvFiles } from './environment.ts'
import { listening } from './listening.ts'

/** What a container runs every few seconds: `holdfast health`, without loading what the other commands need. */
const environment = withEnvFiles(fileURLToPath(new URL('../../../..', import.meta.url)))
const given = (setting: (typeof listening)['host' | 'port' | 'healthPort']) => readText(environment, setting) ?? setting.defaultText ?? ''
const host = listening.host.parse(given(listening.host))
const port = listening.port.parse(given(listening.healthPort) || given(listening.port))
const { isHealthy, problems } = await askHealth(host, port)
process.stdout.write(isHealthy ? 'healthy\n' : `unhealthy: ${problems.join('; ')}\n`)
process.exitCode = isHealthy ? 0 : 1
