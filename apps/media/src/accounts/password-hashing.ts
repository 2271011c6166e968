import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Failure } from '../kernel/failure.ts'

export interface PasswordHashing {
  /** Slow on purpose: never inside a transaction. Throws `auth.busy`. */
  hash(password: string): Promise<string>
  /** True when the password has the hash that the attempt loads. What the attempt throws is thrown. Throws `auth.busy`. */
  verify(password: string, attempt: PasswordAttempt): Promise<boolean>
  /** False for a hash made with other parameters than today's: hash the password again when it is at hand. */
  isCurrent(encoded: string): boolean
}

/** Both are called while it is this attempt's turn, so that those behind it see what it has done. */
export interface PasswordAttempt {
  /** Null costs as much time as a hash and matches nothing: the time taken does not tell whether there is such a user. */
  load(): Promise<string | null>
  refused(): Promise<void>
}

export interface PasswordHashingOptions {
  /** Each takes 16 MiB and one of the four threads that file access shares. */
  readonly maxConcurrent?: number
  readonly maxWaiting?: number
  /** log2 of scrypt's cost. Lower only in tests. */
  readonly costExponent?: number
}

interface Encoded {
  readonly costExponent: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Buffer
  readonly key: Buffer
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

// OWASP Password Storage Cheat Sheet: N=2^14, r=8, p=5 is as strong as N=2^17, p=1 and takes 16 MiB instead of 128.
const blockSize = 8
const parallelization = 5
const keyBytes = 32
const saltBytes = 16
const encodedForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/

/** scrypt, with its parameters in the hash (PHC string format), and at most so many at a time. */
export function createPasswordHashing(options: PasswordHashingOptions = {}): PasswordHashing {
  const { maxConcurrent = 2, maxWaiting = 256, costExponent = 14 } = options
  const inTurn = createQueue(maxConcurrent, maxWaiting)
  const today = { costExponent, blockSize, parallelization }
  const nobody = { ...today, salt: randomBytes(saltBytes), key: randomBytes(keyBytes) }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(saltBytes)
        return encode({ ...today, salt, key: await deriveKey(password, { ...today, salt }) })
      }),
    verify: (password, attempt) =>
      inTurn(async () => {
        const stored = await attempt.load()
        const expected = stored === null ? nobody : decode(stored)
        const matches = timingSafeEqual(await deriveKey(password, expected), expected.key) && stored !== null
        if (!matches) await attempt.refused()
        return matches
      }),
    isCurrent: (encoded) => {
      const made = decode(encoded)
      return made.costExponent === costExponent && made.blockSize === blockSize && made.parallelization === parallelization
    },
  }
}

function deriveKey(password: string, { costExponent, blockSize: r, parallelization: p, salt }: Omit<Encoded, 'key'>): Promise<Buffer> {
  const N = 2 ** costExponent
  return derive(password.normalize('NFC'), salt, keyBytes, { N, r, p, maxmem: 256 * N * r })
}

function encode({ costExponent, blockSize: r, parallelization: p, salt, key }: Encoded): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  return `$scrypt$ln=${costExponent},r=${r},p=${p}$${base64(salt)}$${base64(key)}`
}

function decode(encoded: string): Encoded {
  const [, ln, r, p, salt, key] = encodedForm.exec(encoded) ?? []
  if (salt === undefined || key === undefined) throw new Error('a stored password hash is not in the form $scrypt$…')
  return {
    costExponent: Number(ln),
    blockSize: Number(r),
    parallelization: Number(p),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

/** Runs at most `maxConcurrent` at a time, the others in the order they came, and refuses more than `maxWaiting` of those. */
function createQueue(maxConcurrent: number, maxWaiting: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < maxConcurrent) running += 1
    else if (waiting.length < maxWaiting) await new Promise<void>((turn) => waiting.push(turn))
    else throw new Failure('unavailable', 'auth.busy', 'too many passwords are being checked at once', { retryAfterSeconds: 5 })
    try {
      return await work()
    } finally {
      // The place passes to the next in line; it is given up only when nobody waits.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
