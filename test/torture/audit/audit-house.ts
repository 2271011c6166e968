import type { HousePlace } from '../../service/house-sql.ts'
import type { Finding, Report } from '../findings.ts'
import { checkChain } from './chain.ts'
import { openHouseAtRest } from './house.ts'
import { checkMessages } from './messages.ts'
import { checkNames } from './names.ts'
import { checkStorage } from './storage.ts'
import { checkTransitions } from './transitions.ts'

/** Everything that must hold between the rows and the bytes of a house that was stopped and reconciled. */
export async function auditHouse(place: HousePlace, graceMs: number): Promise<Finding[]> {
  const findings: Finding[] = []
  const report: Report = (rule, detail) => void findings.push({ rule, detail })
  await using house = await openHouseAtRest(place, graceMs)
  await checkStorage(house, report)
  await checkTransitions(house, report)
  await checkNames(house, report)
  await checkMessages(house, report)
  await checkChain(house, report)
  return findings
}
