import { spawn } from 'node:child_process'

/**
 * Runs a shell script with `args` when this process has ended, however it ended: also by SIGKILL. Nothing that was started outlives the tests.
 * To be disposed when there is nothing left to end.
 */
export function whenOrphaned(script: string, args: readonly string[]): Disposable {
  // `read` fails when the other end of the pipe closes, and only this process holds it. Detached: Ctrl-C is not for the watcher.
  const watcher = spawn('sh', ['-c', `read -r released || { ${script}; }`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  watcher.stdin.on('error', () => {})
  return { [Symbol.dispose]: () => void watcher.stdin.end('released\n') }
}
