import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

/** What a pipeline does, whoever runs it. */
export interface Pipeline {
  readonly environment: Readonly<Record<string, string>>
  readonly steps: readonly string[]
  /** Also when a step has failed. */
  readonly always: readonly string[]
  readonly cache: string
  readonly artefacts: string
}

const lines = z.array(z.string()).min(1)
const environment = z.record(z.string(), z.string())
const list = z.strictObject({ environment, steps: lines, always: lines, cache: z.string(), artefacts: z.string() })

/** The one list that all follow. */
export const readSteps = (path = '.ci/steps.yaml'): Pipeline => read(path, list)

/** How each provider's file is written, to the last key, and what it says of the one list. @throws where it is written otherwise. */
export const providers: Readonly<Record<string, (path: string) => Pipeline>> = {
  'bitbucket-pipelines.yml': (path) => {
    const { definitions, pipelines } = read(path, bitbucket)
    const [{ step }] = pipelines.default
    const [given, given_after] = [step.script, step['after-script']].map(takeExports)
    if (given === undefined || given_after === undefined) throw new Error(`${path} has no lines`)
    if (JSON.stringify(given.environment) !== JSON.stringify(given_after.environment))
      throw new Error(`${path} does not export the same afterwards`)
    return {
      environment: given.environment,
      steps: given.rest,
      always: given_after.rest,
      cache: definitions.caches.npm.path,
      artefacts: (step.artifacts[0] ?? '').replace('/**', ''),
    }
  },
  '.gitlab-ci.yml': (path) => {
    const { everything } = read(path, gitlab)
    const { GIT_DEPTH, npm_config_cache, ...environment } = everything.variables
    const [cached] = everything.cache.paths
    return {
      environment,
      steps: everything.script,
      always: everything.after_script,
      // What lies outside of the clone GitLab does not keep: npm is told to have its files inside.
      cache: npm_config_cache === `$CI_PROJECT_DIR/${cached}` ? `~/${cached}` : cached,
      artefacts: everything.artifacts.paths[0],
    }
  },
  '.github/workflows/ci.yml': (path) => {
    const { everything } = read(path, github).jobs
    const [, cache, ...others] = everything.steps
    const runs = others.filter((step) => 'run' in step)
    const uploads = others.filter((step) => 'uses' in step)
    return {
      environment: everything.env,
      steps: runs.filter((step) => step.if === undefined).map(({ run }) => run),
      always: runs.filter((step) => step.if !== undefined).map(({ run }) => run),
      cache: cache.with.path,
      artefacts: uploads[0]?.with.path ?? '',
    }
  },
  '.circleci/config.yml': (path) => {
    const { everything } = read(path, circleci).jobs
    const [, , ...others] = everything.steps
    const runs = others.flatMap((step) => ('run' in step ? [step.run] : []))
    return {
      environment: everything.environment,
      steps: runs.filter((run) => typeof run === 'string'),
      always: runs.flatMap((run) => (typeof run === 'string' ? [] : [run.command])),
      cache: others.flatMap((step) => ('save_cache' in step ? step.save_cache.paths : []))[0] ?? '',
      artefacts: others.flatMap((step) => ('store_artifacts' in step ? [step.store_artifacts.path] : []))[0] ?? '',
    }
  },
}

const lockKey = z.strictObject({ files: z.tuple([z.literal('package-lock.json')]) })

const bitbucket = z.strictObject({
  image: z.string().regex(/:\d+\.\d+\.\d+-[a-z]+$/),
  clone: z.strictObject({ depth: z.literal('full') }),
  definitions: z.strictObject({
    services: z.strictObject({ docker: z.strictObject({ memory: z.int() }) }),
    caches: z.strictObject({ npm: z.strictObject({ key: lockKey, path: z.string() }) }),
  }),
  pipelines: z.strictObject({
    default: z.tuple([
      z.strictObject({
        step: z.strictObject({
          name: z.string(),
          size: z.enum(['1x', '2x', '4x', '8x']),
          'max-time': z.int(),
          services: z.tuple([z.literal('docker')]),
          caches: z.tuple([z.literal('npm')]),
          script: lines,
          'after-script': lines,
          artifacts: lines,
        }),
      }),
    ]),
  }),
})

const gitlab = z.strictObject({
  everything: z.strictObject({
    tags: lines,
    timeout: z.string(),
    variables: z.intersection(z.object({ GIT_DEPTH: z.literal('0'), npm_config_cache: z.string() }), environment),
    cache: z.strictObject({ key: lockKey, paths: z.tuple([z.string()]) }),
    script: lines,
    after_script: lines,
    artifacts: z.strictObject({
      when: z.literal('always'),
      paths: z.tuple([z.string()]),
      reports: z.strictObject({ junit: z.string() }),
    }),
  }),
})

const pinned = (action: string) => z.string().regex(new RegExp(`^actions/${action}@[0-9a-f]{40}$`))
const evenIfFailed = z.literal('always()')
const github = z.strictObject({
  name: z.string(),
  on: z.strictObject({ push: z.strictObject({ branches: lines }), pull_request: z.null() }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.strictObject({
    everything: z.strictObject({
      'runs-on': z.string().regex(/\d/),
      'timeout-minutes': z.int(),
      env: environment,
      steps: z.tuple(
        [
          z.strictObject({
            uses: pinned('checkout'),
            with: z.strictObject({ 'fetch-depth': z.literal(0), 'persist-credentials': z.literal(false) }),
          }),
          z.strictObject({ uses: pinned('cache'), with: z.strictObject({ path: z.string(), key: z.string() }) }),
        ],
        z.union([
          z.strictObject({ run: z.string(), if: evenIfFailed.optional() }),
          z.strictObject({
            uses: pinned('upload-artifact'),
            if: evenIfFailed,
            with: z.strictObject({ name: z.string(), path: z.string() }),
          }),
        ]),
      ),
    }),
  }),
})

const circleci = z.strictObject({
  version: z.literal(2.1),
  jobs: z.strictObject({
    everything: z.strictObject({
      machine: z.strictObject({ image: z.string() }),
      resource_class: z.string(),
      environment,
      steps: z.tuple(
        [
          z.strictObject({ checkout: z.strictObject({ method: z.literal('full') }) }),
          z.strictObject({ restore_cache: z.strictObject({ keys: lines }) }),
        ],
        z.union([
          z.strictObject({ run: z.union([z.string(), z.strictObject({ when: z.literal('always'), command: z.string() })]) }),
          z.strictObject({ save_cache: z.strictObject({ key: z.string(), paths: lines }) }),
          z.strictObject({ store_test_results: z.strictObject({ path: z.string() }) }),
          z.strictObject({ store_artifacts: z.strictObject({ path: z.string() }) }),
        ]),
      ),
    }),
  }),
  workflows: z.strictObject({ everything: z.strictObject({ jobs: z.tuple([z.literal('everything')]) }) }),
})

function read<Shape>(path: string, shape: z.ZodType<Shape>): Shape {
  const found = shape.safeParse(parse(readFileSync(path, 'utf8')))
  if (!found.success) throw new Error(`${path} is not written as it must be:\n${z.prettifyError(found.error)}`)
  return found.data
}

/** Bitbucket takes variables from its settings or from the lines themselves: those that come first. */
function takeExports(script: readonly string[]): { readonly environment: Record<string, string>; readonly rest: readonly string[] } {
  const isExport = (line: string): boolean => line.startsWith('export ')
  const exported = script.filter(isExport).map((line) => line.slice('export '.length).split('=', 2))
  return { environment: Object.fromEntries(exported) as Record<string, string>, rest: script.filter((line) => !isExport(line)) }
}
