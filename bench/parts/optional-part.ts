/** A part that the service goes on without, on a server of its own that can be harmed. */
export interface OptionalPart extends AsyncDisposable {
  /** As `/readyz` calls it. */
  readonly name: string
  /** What it does for requests and messages, by the names of its calls in the metrics. */
  readonly calls: readonly string[]
  /** With which the service uses it. */
  readonly settings: Readonly<Record<string, string>>
  /** What may become of it, by its name. */
  readonly faults: Readonly<Record<string, PartFault>>
}

export interface PartFault {
  begin(): unknown
  end(): unknown
}
