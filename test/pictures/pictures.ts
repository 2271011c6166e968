/** `pictures.ts`: odd, broken and hostile pictures, PDFs and videos, each with what must come of it. Exit 1 where something else did. */
import { delimiter } from 'node:path'
import { providePreviewPrograms } from '../../tools/servers/debian/preview-programs.ts'
import { corpus, programCorpus } from './corpus.ts'
import type { PictureCase } from './picture-case.ts'
import { runPictures } from './run-pictures.ts'

const programs = await providePreviewPrograms().catch((error: Error) => console.error(`without PDFs and videos: ${error.message}`))
const PATH = [programs, process.env['PATH']].filter(Boolean).join(delimiter)

async function* everything(): AsyncGenerator<PictureCase> {
  yield* corpus()
  if (programs !== undefined) yield* programCorpus(programs)
}

const { cases, outcomes, faults, peakRssBytes } = await runPictures(everything(), { PATH })
console.log(`${cases} pictures: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
console.log(
  `a process that renders had ${peakRssBytes === undefined ? 'an unknown number of' : Math.ceil(peakRssBytes / 2 ** 20)} MiB at most`,
)
for (const [name, fault] of faults) console.error(`✗ ${name}: ${fault}`)
if (faults.size > 0 || (peakRssBytes ?? 0) > 512 * 2 ** 20) process.exitCode = 1
