import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { completeDocument } from './complete-document.ts'
import { noBody } from './wire.ts'

const description = `Files, folders, and deletion that can be regretted.

Errors are problem details (RFC 9457) with a stable \`code\`. Every answer carries \`X-Correlation-ID\`. A request that changes something
may carry an \`Idempotency-Key\`: sent again under the same key, it has one effect and one answer.

Names are data, never paths: \`CON\`, \`nul.txt\` and \`a:b\` are names like any other. Refused are those without a visible character,
or with separators, control characters or marks that turn the direction of text.`

/** The page is whole without anybody else, and by plain HTTP as well: its own policy has browsers ask for its scripts by HTTPS. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Collects the routes that follow for `/openapi.json`, and shows them at `/docs`. */
export async function prepareDocument(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'Wherever this document was read.' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' } } },
    },
    transform: (route) => {
      const { body, ...schema } = route.schema ?? {}
      return jsonSchemaTransform({ ...route, schema: body === noBody ? schema : (route.schema ?? {}) })
    },
    transformObject: (documents) => {
      const document = jsonSchemaTransformObject(documents)
      completeDocument(document as Parameters<typeof completeDocument>[0])
      return document
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: pagePolicy })
}

export function documentRoute(app: FastifyInstance): void {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
