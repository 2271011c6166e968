/** A storage key is made for one put: two puts under one are a mistake of ours, and nothing that a caller could mend. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'

  constructor(options?: ErrorOptions) {
    super('a storage key was used twice', options)
  }
}
