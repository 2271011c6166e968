import { startAzurite } from '../../tools/servers/azurite.ts'
import type { Benchmark, Contender } from '../benchmark.ts'
import type { AzurePutPlan } from '../load/azure-put.ts'
import { runLoad } from '../processes.ts'

const amounts = { atOnce: 8, putsEach: 2, fileBytes: 8 * 1024 * 1024, blockBytes: 384 * 1024 }

let url = ''

export const uploadAzure: Benchmark = {
  name: 'upload-azure',
  about: '8 MiB into an Azurite, 8 at once, in blocks of 384 KiB, one of each on its way',
  unit: 'MiB/s',
  start: async () => {
    const azurite = await startAzurite()
    url = azurite.url
    return azurite
  },
  contenders: [contender('@azure/storage-blob', 'driver'), contender('holdfast', 'adapter')],
  goals: [{ subject: 'holdfast', peer: '@azure/storage-blob', atLeast: 0.95 }],
}

function contender(name: string, by: AzurePutPlan['by']): Contender {
  return {
    name,
    run: () => {
      const plan: AzurePutPlan = { ...amounts, url, by }
      return runLoad('azure-put.ts', plan)
    },
  }
}
