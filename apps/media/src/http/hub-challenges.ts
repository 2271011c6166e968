import type { App } from './app.ts'
import { type HubAccessDeps, hubPath, hubUrl } from './hub-access.ts'

/** Where the hub tells what tokens it takes (RFC 9728). */
export const metadataPath = `/.well-known/oauth-protected-resource${hubPath}`

/** RFC 6750 and RFC 9728: what a refused token lacks, and where to read what the hub takes. */
export function challengeBearers(app: App, { protocol, publicUrl }: Pick<HubAccessDeps, 'protocol' | 'publicUrl'>): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const given = reply.statusCode === 403 ? 'Bearer realm="holdfast", error="insufficient_scope"' : reply.getHeader('www-authenticate')
    if (typeof given !== 'string') return payload
    const metadata = new URL(metadataPath, hubUrl(request, publicUrl))
    reply.header('www-authenticate', protocol.isStrict ? `${given}, resource_metadata="${metadata.href}"` : given)
    return payload
  })
}
