import type { Finding, Report } from '../findings.ts'
import { checkChain } from './chain.ts'
import { openHouseAtRest } from './house.ts'
import { checkMessages } from './messages.ts'
import { checkNames } from './names.ts'
import { checkStorage } from './storage.ts'
import { checkTransitions } from './transitions.ts'

/** Everything that must hold between the rows and the bytes of a house that was stopped and reconciled. */
export async function auditHouse(dataDir: string, graceMs: number): Promise<Finding[]> {
  const findings: Finding[] = []
  const report: Report = (rule, detail) => void findings.push({ rule, detail })
  using house = openHouseAtRest(dataDir, graceMs)
  await checkStorage(house, report)
  checkTransitions(house, report)
  checkNames(house, report)
  checkMessages(house, report)
  checkChain(house, report)
  return findings
}
