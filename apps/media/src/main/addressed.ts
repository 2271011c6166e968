import { ConfigError } from './config-error.ts'

/** What a driver finds wrong with an address, before it connects to anything, is a wrong setting. Drivers never show the address. */
export function addressed<Opened>(setting: string, open: () => Opened): Opened {
  try {
    return open()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError([
      { name: setting, reason: `is wrong (${reason})`, suggestion: 'docs/settings.md tells how an address is written' },
    ])
  }
}
