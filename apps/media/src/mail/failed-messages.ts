import type { Composed } from './compose.ts'
import type { InEach, Language } from './language.ts'

export interface FailedMessages {
  readonly lanes: readonly { readonly lane: string; readonly failed: number }[]
}

interface FailedMessagesDeps {
  readonly language: Language
  readonly url: string
  /** Where operators read; undefined where nobody does. */
  readonly operators: string | undefined
}

interface Facts {
  readonly count: number
  readonly lanes: readonly string[]
  readonly url: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ count, lanes, url }) => ({
    subject: count === 1 ? 'A message has failed' : `${count} messages have failed`,
    body: [
      `Messages of ${url} that have failed, by lane:`,
      lanes,
      'See why by `holdfast messages failed list`; there they can be retried or removed.',
    ],
  }),
  fr: ({ count, lanes, url }) => ({
    subject: count === 1 ? 'Un message a échoué' : `${count} messages ont échoué`,
    body: [
      `Messages de ${url} qui ont échoué, par file :`,
      lanes,
      'Voyez pourquoi par `holdfast messages failed list` ; on peut les y relancer ou les retirer.',
    ],
  }),
}

/** To the operators. */
export function composeFailedMessages({ language, url, operators }: FailedMessagesDeps, { lanes }: FailedMessages): Composed | undefined {
  const count = lanes.reduce((sum, { failed }) => sum + failed, 0)
  const lines = lanes.map(({ lane, failed }) => `${lane}: ${failed}`)
  return operators === undefined ? undefined : { to: { address: operators }, letter: words[language]({ count, lanes: lines, url }) }
}
