/** Never used twice. Two levels, so that a folder store keeps its directories small; random, so that they fill evenly. */
export function newStorageKey(): string {
  const name = crypto.randomUUID().replaceAll('-', '')
  return `${name.slice(0, 2)}/${name}`
}
