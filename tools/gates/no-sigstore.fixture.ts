/** Loaded into npm: it looks for the keys of a registry at Sigstore's, on the internet, before it asks the registry. Here it finds none there. */
import { registerHooks } from 'node:module'

const source = `exports.initTUF = async () => ({
  getTarget: () => Promise.reject(Object.assign(new Error('no such target'), { code: 'TUF_FIND_TARGET_ERROR' })),
})`

registerHooks({
  load: (url, context, next) =>
    url.endsWith('/@sigstore/tuf/dist/index.js') ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
})
