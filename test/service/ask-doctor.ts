import { parseConfig } from '../../apps/media/src/main/config.ts'
import { ConfigError } from '../../apps/media/src/main/config-error.ts'
import { diagnose } from '../../apps/media/src/main/doctor.ts'
import { environment, type HoldfastOptions } from './holdfast-process.ts'

/** What `holdfast doctor` finds, a line for each part, without a process of its own. */
export async function askDoctor(house: Pick<HoldfastOptions, 'dataDir' | 'settings'>): Promise<string> {
  try {
    const findings = await diagnose(parseConfig(environment(house)))
    return findings.map(({ part, ok, detail, mend }) => `${ok ? 'ok' : 'WRONG'} ${part} ${mend ? `${detail}: ${mend}` : detail}`).join('\n')
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
