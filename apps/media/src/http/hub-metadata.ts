import { z } from 'zod'
import type { App } from './app.ts'
import { answers } from './document.ts'
import { type HubAccessDeps, hubPath, hubUrl } from './hub-access.ts'

/** RFC 9728: the well-known place stands before the path of what it tells of. */
const metadataPath = `/.well-known/oauth-protected-resource${hubPath}`

type MetadataDeps = Pick<HubAccessDeps, 'protocol' | 'publicUrl'>

/** RFC 6750: what a refused token lacks, and where to read what the hub takes. */
export function challengeBearers(app: App, { protocol, publicUrl }: MetadataDeps): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const given = reply.statusCode === 403 ? 'Bearer realm="holdfast", error="insufficient_scope"' : reply.getHeader('www-authenticate')
    if (typeof given !== 'string') return payload
    const url = new URL(hubUrl(request, publicUrl))
    const metadata = new URL(url.pathname.replace(/^/, '/.well-known/oauth-protected-resource'), url)
    reply.header('www-authenticate', protocol.isStrict ? `${given}, resource_metadata="${metadata.href}"` : given)
    return payload
  })
}

const metadata = z.strictObject({
  resource: z.url(),
  authorization_details_types_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  mercure_cookie: z.string(),
  mercure_subscriptions: z.literal(true).optional(),
})

/** Whom a token must be made for, and how it is presented. */
export function metadataRoute(app: App, deps: MetadataDeps & { readonly tellsSubscriptions: boolean }): void {
  const schema = { tags: ['live'], summary: 'What tokens the hub takes', response: answers({ 200: metadata }, 500) }
  app.get(metadataPath, { schema }, async (request) => ({
    resource: hubUrl(request, deps.publicUrl),
    authorization_details_types_supported: ['https://mercure.rocks/authorization-detail'],
    bearer_methods_supported: ['header'],
    mercure_cookie: deps.protocol.cookie,
    ...(deps.tellsSubscriptions && { mercure_subscriptions: true }),
  }))
}
