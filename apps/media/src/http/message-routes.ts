import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { Page, PageRequest } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { App } from './app.ts'
import { answers, anywhere, noContent, onWrite } from './document.ts'
import {
  type LaneStats,
  laneSchema,
  laneView,
  type MessageHistory,
  messageSchema,
  messageView,
  type StoredMessage,
  toldSchema,
  toldView,
} from './message-views.ts'
import { pageView } from './views.ts'
import { id, noBody, pageOf, pageQuery } from './wire.ts'
import { type WriteRoutesDeps, writeRoute } from './write-route.ts'

interface MessageFilter {
  readonly lane?: string | undefined
  readonly name?: string | undefined
  readonly tenant: string
}

interface MessageList {
  list(query: PageRequest & MessageFilter): Promise<Page<StoredMessage>>
  /** Undefined where no message of this list has the id. */
  show(messageId: string): Promise<MessageHistory | undefined>
}

/** What an operator may ask of the bus. */
export interface Messages {
  stats(): Promise<readonly LaneStats[]>
  readonly failed: MessageList
  readonly schedule: MessageList
}

export interface MessageRoutesDeps extends WriteRoutesDeps {
  readonly messages: Messages
}

const tags = ['operations']
const params = z.strictObject({ messageId: id })
const listQuery = z.strictObject({ ...pageQuery, lane: z.string().max(64).optional(), name: z.string().max(200).optional() })

export function messageRoutes(app: App, deps: MessageRoutesDeps): void {
  readMessages(app, deps)
  changeFailed(app, deps)
  changeSchedule(app, deps)
}

function readMessages(app: App, { messages }: MessageRoutesDeps): void {
  app.get(
    '/v1/ops/messages',
    {
      schema: {
        tags,
        summary: 'Count messages by lane and state',
        response: answers({ 200: z.strictObject({ lanes: z.array(laneSchema) }) }, ...anywhere),
      },
    },
    async ({ principal }) => {
      demand(principal, 'operate')
      return { lanes: (await messages.stats()).map(laneView) }
    },
  )

  for (const list of ['failed', 'schedule'] as const) {
    app.get(
      `/v1/ops/${list}`,
      {
        schema: {
          tags,
          summary: titles[list],
          querystring: listQuery,
          response: answers({ 200: pageOf(messageSchema) }, ...anywhere),
        },
      },
      async ({ principal, query }) => {
        demand(principal, 'operate')
        return pageView(await messages[list].list({ ...query, tenant: principal.tenantId }), messageView)
      },
    )
  }

  app.get(
    '/v1/ops/failed/:messageId',
    {
      schema: {
        tags,
        summary: 'Look at a failed message and its attempts',
        params,
        response: answers({ 200: toldSchema }, 404, ...anywhere),
      },
    },
    async ({ principal, params: { messageId } }) => toldView(await ownMessage(messages.failed, principal, messageId)),
  )
}

const titles = { failed: 'List failed messages', schedule: 'List messages that wait, in the order they fall due' }

function changeFailed(app: App, deps: MessageRoutesDeps): void {
  const { failed } = deps.messages

  writeRoute(app, deps, {
    method: 'POST',
    url: '/v1/ops/failed/:messageId/retry',
    schema: {
      tags,
      summary: 'Send a failed message round again',
      params,
      body: noBody,
      response: answers({ 202: messageSchema }, 404, ...onWrite),
    },
    handler: async ({ principal, params: { messageId } }, commit) => {
      const message = await ownMessage(failed, principal, messageId)
      return commit(async (tx) => {
        if (!(await tx.outbox.retryFailed(messageId))) throw unknownMessage()
        await recordMessage(tx, principal, 'message.retried', message)
        return { status: 202, body: messageView({ ...message, state: 'pending', attempt: 0, dueAt: tx.now, handledAt: null }) }
      })
    },
  })

  writeRoute(app, deps, {
    method: 'DELETE',
    url: '/v1/ops/failed/:messageId',
    schema: {
      tags,
      summary: 'Remove a failed message with its history',
      params,
      body: noBody,
      response: answers({ 204: noContent }, 404, ...onWrite),
    },
    handler: async ({ principal, params: { messageId } }, commit) => {
      const message = await ownMessage(failed, principal, messageId)
      return commit(async (tx) => {
        if (!(await tx.outbox.removeFailed(messageId))) throw unknownMessage()
        await recordMessage(tx, principal, 'message.removed', message)
        return { status: 204 }
      })
    },
  })
}

function changeSchedule(app: App, deps: MessageRoutesDeps): void {
  const changes = [
    { verb: 'cancel', done: 'message.cancelled', change: (tx: Tx, messageId: string) => tx.outbox.cancel(messageId) },
    { verb: 'run-now', done: 'message.run_now', change: (tx: Tx, messageId: string) => tx.outbox.reschedule(messageId, tx.now) },
  ]
  for (const { verb, done, change } of changes) {
    writeRoute(app, deps, {
      method: 'POST',
      url: `/v1/ops/schedule/:messageId/${verb}`,
      schema: {
        tags,
        summary: `${verb} a message that waits`,
        params,
        body: noBody,
        response: answers({ 204: noContent }, 404, ...onWrite),
      },
      handler: async ({ principal, params: { messageId } }, commit) => {
        const message = await ownMessage(deps.messages.schedule, principal, messageId)
        return commit(async (tx) => {
          if (!(await change(tx, messageId))) throw new Failure('conflict', 'message.too_late', 'the message was taken meanwhile')
          await recordMessage(tx, principal, done, message)
          return { status: 204 }
        })
      },
    })
  }
}

/** One of the principal's tenant; any other is none. */
async function ownMessage(list: Pick<MessageList, 'show'>, principal: Principal, messageId: string): Promise<MessageHistory> {
  demand(principal, 'operate')
  const message = await list.show(messageId)
  if (message?.tenant !== principal.tenantId) throw unknownMessage()
  return message
}

const unknownMessage = () => new Failure('not_found', 'message.unknown', 'there is no such message in this state')

/** In the story of this request; `story` names the one that the message belongs to, which shows the entry too. */
const recordMessage = (tx: Tx, { tenantId, userId }: Principal, action: string, { id: subjectId, correlationId: story }: StoredMessage) =>
  recordAudit(tx, { tenantId, actor: userId, action, subjectKind: 'message', subjectId, detail: { story } })
