/** `pictures.ts`: odd, broken and hostile pictures, each with what must come of it. Exit 1 where something else did. */
import { corpus } from './corpus.ts'
import { runPictures } from './run-pictures.ts'

const { cases, outcomes, faults, peakRssBytes } = await runPictures(corpus())
console.log(`${cases} pictures: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
console.log(
  `the process that renders had ${peakRssBytes === undefined ? 'an unknown number of' : Math.ceil(peakRssBytes / 2 ** 20)} MiB at most`,
)
for (const [name, fault] of faults) console.error(`✗ ${name}: ${fault}`)
if (faults.size > 0 || (peakRssBytes ?? 0) > 512 * 2 ** 20) process.exitCode = 1
