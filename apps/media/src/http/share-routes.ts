import { z } from 'zod'
import type { Sql } from '../kernel/tx.ts'
import { listShares } from '../media/sharing/list-shares.ts'
import type { Share } from '../media/sharing/share.ts'
import { shareEntry } from '../media/sharing/share-entry.ts'
import { withdrawShare } from '../media/sharing/withdraw-share.ts'
import type { App } from './app.ts'
import { answers, anywhere, noContent, onWrite } from './document.ts'
import { pageView } from './views.ts'
import { id, instant, noBody, pageOf, pageQuery, toInstant } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

export interface ShareRoutesDeps extends WriteRoutesDeps {
  readonly read: Sql
}

const shareSchema = z
  .strictObject({
    userId: id,
    folderId: id.nullable().describe('The folder above by which it is shared; null where it is shared itself.'),
    sharedAt: instant,
  })
  .meta({ id: 'Share' })

const shareView = (share: Share) => ({ ...share, sharedAt: toInstant(share.sharedAt) })

export function shareRoutes(app: App, deps: ShareRoutesDeps): void {
  sharesOf(app, deps, 'file')
  sharesOf(app, deps, 'folder')
}

function sharesOf(app: App, deps: ShareRoutesDeps, type: 'file' | 'folder'): void {
  const tags = [`${type}s`]
  const name = `${type}Id`
  const params = z.strictObject({ [name]: id })
  const userParams = z.strictObject({ [name]: id, userId: id })
  const named = ({ [name]: entryId = '', userId = '' }: Readonly<Record<string, string>>) => ({ entry: { type, id: entryId }, userId })

  app.get(
    `/v1/${type}s/:${name}/shares`,
    {
      schema: {
        tags,
        summary: `With whom a ${type} of yours is shared`,
        params,
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(shareSchema) }, 404, 410, ...anywhere),
      },
    },
    async ({ principal, params, query }) => pageView(await listShares(deps.read, principal, named(params).entry, query), shareView),
  )

  writeRoute(app, deps, {
    method: 'PUT',
    url: `/v1/${type}s/:${name}/shares/:userId`,
    schema: {
      tags,
      summary: `Let another user see a private ${type} of yours`,
      params: userParams,
      body: noBody,
      response: answers({ 200: shareSchema }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params }, commit) => {
      const { entry, userId } = named(params)
      return commit(async (tx) => ({ status: 200, body: shareView(await shareEntry(tx, principal, entry, userId)) }))
    },
  })

  writeRoute(app, deps, {
    method: 'DELETE',
    url: `/v1/${type}s/:${name}/shares/:userId`,
    schema: {
      tags,
      summary: `Withdraw a share of a ${type}`,
      params: userParams,
      body: noBody,
      response: answers({ 204: noContent }, 404, 410, ...onWrite),
    },
    handler: ({ principal, params }, commit) => {
      const { entry, userId } = named(params)
      return commit(async (tx) => {
        await withdrawShare(tx, principal, entry, userId)
        return { status: 204 }
      })
    },
  })
}
