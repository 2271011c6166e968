import { readFile } from 'node:fs/promises'

/** The ids of the processes that a process of Node has started, where the system tells (Linux). */
export async function childProcesses(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return children.split(' ').filter(Boolean).map(Number)
}

/** Those, and what they have started in turn. */
export async function processesBelow(pid: number): Promise<number[]> {
  const children = await childProcesses(pid)
  const below = await Promise.all(children.map(processesBelow))
  return [...children, ...below.flat()]
}
