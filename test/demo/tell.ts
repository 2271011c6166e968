let steps = 0

/** What the demo says, for people to read. */
export const tell = {
  step: (title: string) => console.log(`\n${++steps}. ${title}`),
  call: (method: string, path: string, status: number, note: string) =>
    console.log(`   ${method.padEnd(6)} ${shorten(path).padEnd(32)} ${status}  ${note}`.trimEnd()),
  line: (text: string) => console.log(`   ${text}`),
}

/** Ids are long, and their beginnings much alike. */
const shorten = (path: string) => path.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{7}([0-9a-f]{5})/g, '…$1')

/** Throws with the reason where what was promised does not hold. */
export function demand(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`this does not hold: ${promise}`)
  tell.line(`✓ ${promise}`)
}
