import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { commandLine, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'

const leaseMs = 10_000

test('one of two processes does the periodic work; when it is killed, the other takes over once its lease has ended', async () => {
  const worked = { first: 0, second: 0 }
  const counting = (who: keyof typeof worked) => (line: string) => {
    if (line.includes('periodic work done')) worked[who] += 1
  }
  await using house = await openHouse({ LOG_LEVEL: 'debug' }, { onLine: counting('first') })
  const { dataDir, settings } = house
  await using second = await startHoldfast({ dataDir, settings, command: [commandLine, 'work'], onLine: counting('second') })
  await using sql = await openHouseSql(house)
  const leader = async () => {
    const [row] = await sql.rows<{ holder: string; token: number }>("SELECT holder, token FROM lease WHERE name = 'periodic'")
    return { pid: Number(row?.holder.split(':')[1]), token: row?.token ?? 0 }
  }

  const before = worked.first
  await until(() => worked.first >= before + 2)
  assert.equal(worked.second, 0, 'both did periodic work')
  const { pid, token } = await leader()
  assert.equal(pid, house.process.pid)

  await house.process.kill()
  const killedAt = performance.now()
  await until(() => worked.second > 0)
  // Its lease, a tick, and what a loaded machine adds.
  assert.ok(performance.now() - killedAt < 3 * leaseMs, 'long after the lease')
  assert.deepEqual(await leader(), { pid: second.pid, token: token + 1 })
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(20)
}
