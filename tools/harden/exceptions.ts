import { type Container, isForServing } from './container.ts'

interface Exception {
  readonly services: readonly string[]
  readonly row: string
  readonly reason: string
  /** Not of an image that serves. */
  readonly onlyForWork?: true
}

/** Rows that do not hold of a service, and why that is borne. docs/platform.md has the same table. */
export const exceptions: readonly Exception[] = [
  {
    services: ['nginx', 'redis', 'rabbitmq', 'elasticsearch', 'kibana', 'mailpit'],
    row: 'a user of 10000 or above',
    reason: 'the image made its folders for a user of its own, who is not root either',
  },
  {
    services: ['mysql'],
    row: 'a user of 10000 or above',
    reason: 'the image makes the database as root and goes on as mysql',
  },
  {
    services: ['mysql'],
    row: 'every capability dropped, none effective',
    reason: 'the same: it needs CHOWN, DAC_OVERRIDE, SETGID and SETUID for that, and has no other',
  },
  {
    services: ['mysql'],
    row: 'the first process is not root',
    reason: 'the same: what is left as root is the init, which starts and reaps',
  },
  {
    services: ['azurite'],
    row: 'a user of 10000 or above',
    reason: 'a double of dev and test; its image has its data as root’s',
  },
  { services: ['azurite'], row: 'the first process is not root', reason: 'the same; without any capability' },
  {
    services: ['mercure'],
    row: 'every capability dropped, none effective',
    reason: 'its program is marked with NET_BIND_SERVICE, and does not start where that cannot be had',
  },
  {
    services: ['mysql', 'rabbitmq', 'elasticsearch', 'kibana', 'azurite'],
    row: 'read-only root',
    reason: 'the image writes sockets, process ids and settings beside its data',
  },
  {
    services: ['redis', 'mailpit'],
    row: 'a health check without a shell',
    reason: 'what its image has answers with 0 in any case, or has no client: a word of the answer is looked for',
  },
  {
    services: ['app', 'worker', 'migrate'],
    row: 'nothing that runs as another user',
    reason: 'in dev and test: Debian brings some to the images for work; no-new-privileges keeps them from it',
    onlyForWork: true,
  },
]

/** Why it is borne that the row does not hold of the container; undefined where it is not borne. */
export const reasonToBear = (row: string, container: Container): string | undefined =>
  exceptions.find((one) => one.row === row && one.services.includes(container.service) && !(one.onlyForWork && isForServing(container)))
    ?.reason
