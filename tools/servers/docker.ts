import { runCommand } from './run-command.ts'

const answerTimeoutMs = 10_000
const pullTimeoutMs = 300_000

/** Everything that tests started through Docker carries this label: `docker ps --filter label=…` finds it. */
export const label = 'holdfast.test'

export function docker(...args: readonly string[]): Promise<string> {
  return runCommand('docker', args)
}

let answering: Promise<boolean> | undefined

/** Whether an engine of Docker answers; asked once. */
function isDockerThere(): Promise<boolean> {
  answering ??= runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: answerTimeoutMs }).then(
    () => true,
    () => false,
  )
  return answering
}

/** Whether the image is on this machine, or comes from where Docker gets its images. */
export async function provideImage(image: string): Promise<boolean> {
  if (!(await isDockerThere())) return false
  const pulled = docker('image', 'inspect', image).catch(() =>
    runCommand('docker', ['pull', '--quiet', image], { timeoutMs: pullTimeoutMs }),
  )
  return pulled.then(
    () => true,
    () => false,
  )
}
