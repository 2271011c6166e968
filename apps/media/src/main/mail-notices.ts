import { tellFailed } from '../mail/tell-failed.ts'
import { tellPurges } from '../mail/tell-purges.ts'
import { tellQuotas } from '../mail/tell-quotas.ts'
import type { Holdfast } from './app.ts'

const usersAtOnce = 500

/** What the clock tells by mail, as the settings have it. */
export function mailNotices({ config, database, media, messenger }: Pick<Holdfast, 'config' | 'database' | 'media' | 'messenger'>) {
  const { operators, notices } = config.mail
  const { purgeDelayMs, tenantQuotaBytes: quotaBytes } = config.media
  return {
    tellPurges: async () => {
      // Where the grace is shorter than the notice, who deletes would be told at once.
      if (notices.purgeMs === 0 || notices.purgeMs >= purgeDelayMs) return
      return tellPurges(media, { nowMs: await database.now(), noticeMs: notices.purgeMs, limit: usersAtOnce })
    },
    tellQuotas: async () => {
      if (quotaBytes === undefined) return
      return tellQuotas(media, { nowMs: await database.now(), quotaBytes, percent: notices.quotaPercent })
    },
    tellFailed: async () => {
      if (operators === undefined) return
      return tellFailed({ ...media, messages: messenger }, { nowMs: await database.now(), everyMs: notices.failedEveryMs })
    },
  }
}
