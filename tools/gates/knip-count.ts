import type { Reporter } from 'knip'

/** Tells the gate how many files knip really analysed. */
const countFiles: Reporter = ({ counters }) => console.log(`Analysed ${counters.processed} files`)

export default countFiles
