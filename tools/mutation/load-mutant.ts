/** Loaded into a process of tests: it gets one file as it would be after a change that HOLDFAST_MUTANT tells. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { apply, type Mutant } from './mutants.ts'

const { url: changed, mutant } = JSON.parse(process.env['HOLDFAST_MUTANT'] ?? '{}') as { readonly url: string; readonly mutant: Mutant }

registerHooks({
  load(url, context, next) {
    if (url !== changed) return next(url, context)
    return { format: 'module-typescript', source: apply(readFileSync(fileURLToPath(url), 'utf8'), mutant), shortCircuit: true }
  },
})
