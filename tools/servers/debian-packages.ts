import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { runCommand } from './run-command.ts'

const policy = '/usr/sbin/policy-rc.d'
const installTimeoutMs = 600_000
const aptOptions = ['-o', 'DPkg::Lock::Timeout=300', '--yes', '--no-install-recommends']

/** Installs Debian's packages and lets none of them start its service. @throws with the reason, also where there is no Debian or no root. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (!existsSync('/etc/debian_version')) throw new Error(`${packages.join(', ')}: not installed, and this is no Debian`)
  if (process.getuid?.() !== 0) throw new Error(`${packages.join(', ')}: not installed, and only root can install it`)
  using _policy = forbidServices()
  const install = () => runApt('install', ...packages)
  await install().catch(async () => {
    await runApt('update')
    await install()
  })
}

async function runApt(...args: readonly string[]): Promise<void> {
  await runCommand('apt-get', [...aptOptions, ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: installTimeoutMs })
}

/** Where somebody has a policy of their own, it stays. */
function forbidServices(): Disposable | undefined {
  if (existsSync(policy)) return undefined
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  return { [Symbol.dispose]: () => rmSync(policy) }
}
