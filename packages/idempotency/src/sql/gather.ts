const maxGathered = 128

interface Asked<Row> {
  readonly found: Promise<Row | undefined>
  readonly settle: (row: Row | undefined) => void
  readonly fail: (error: unknown) => void
}

/**
 * Looks up by id what is asked for in one turn of the event loop with one call of `select`, made after the last of them has asked:
 * under load the cost of a statement is shared. `select` gets a power of two of ids, so that it has few texts; ids may repeat.
 */
export function gather<Row extends { readonly id: string }>(select: (ids: readonly string[]) => Promise<readonly Row[]>) {
  let asked = new Map<string, Asked<Row>>()

  const look = async (gathered: ReadonlyMap<string, Asked<Row>>): Promise<void> => {
    try {
      const rows = await select(padded([...gathered.keys()]))
      for (const row of rows) gathered.get(row.id)?.settle(row)
      for (const { settle } of gathered.values()) settle(undefined)
    } catch (error) {
      for (const { fail } of gathered.values()) fail(error)
    }
  }
  const lookAtAll = (): void => {
    if (asked.size === 0) return
    const gathered = asked
    asked = new Map()
    void look(gathered)
  }

  return (id: string): Promise<Row | undefined> => {
    const already = asked.get(id)
    if (already !== undefined) return already.found
    const { promise: found, resolve: settle, reject: fail } = Promise.withResolvers<Row | undefined>()
    asked.set(id, { found, settle, fail })
    if (asked.size === 1) setImmediate(lookAtAll)
    else if (asked.size === maxGathered) lookAtAll()
    return found
  }
}

function padded(ids: readonly string[]): string[] {
  const size = 2 ** Math.ceil(Math.log2(ids.length))
  return Array.from({ length: size }, (_, at) => ids[Math.min(at, ids.length - 1)] ?? '')
}
