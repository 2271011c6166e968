import { fileURLToPath } from 'node:url'
import { askHealth } from './ask-health.ts'
import { loadConfig } from './config.ts'

/** What a container runs every few seconds: `holdfast health`, without loading what the other commands need. */
const { host, port, healthPort } = loadConfig(fileURLToPath(new URL('../../../..', import.meta.url))).http
const { isHealthy, problems } = await askHealth(host, healthPort ?? port)
process.stdout.write(isHealthy ? 'healthy\n' : `unhealthy: ${problems.join('; ')}\n`)
process.exitCode = isHealthy ? 0 : 1
