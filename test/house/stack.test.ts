import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import type { Setting } from '../../apps/media/src/main/setting.ts'
import { settings } from '../../apps/media/src/main/settings.ts'
import { exceptions } from '../../tools/harden/exceptions.ts'

interface Service {
  readonly image?: string
  readonly extends?: { readonly file: string; readonly service: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

interface Stack {
  readonly name: string
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly networks: Readonly<Record<string, unknown>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const read = (path: string) => readFileSync(path, 'utf8')
const load = (path: string) => parse(read(path), { merge: true }) as Stack

const common = load('docker/services.yaml')
const stacks = {
  dev: load('compose.yaml'),
  test: load('compose-test-ci.yaml'),
  staging: load('compose-staging.yaml'),
  prod: load('compose-prod.yaml'),
}
const roles = ['app', 'worker', 'migrate']
const doubles = ['mailpit', 'azurite']
const platform = read('docs/platform.md')
const makefile = read('Makefile')
const namesIn = (table: RegExp) => [...platform.matchAll(table)].map(([, name = '']) => name)
const described = new Set(namesIn(/^\| `([A-Z][A-Z_]+)` \|/gm))

describe('every service', () => {
  for (const [name, service] of Object.entries(common.services)) {
    it(`${name} is confined`, () => {
      assert.deepEqual(service['cap_drop'], ['ALL'])
      assert.deepEqual(service['security_opt'], ['no-new-privileges:true'])
      assert.equal(service['init'], true)
      assert.equal(service['restart'], name === 'migrate' ? 'no' : 'on-failure')
      assert.ok(!('privileged' in service || 'network_mode' in service || 'pid' in service))
      assert.deepEqual(Object.keys(Object(service['logging']).options), ['max-size', 'max-file'])
      assert.ok(Object(service['ulimits']).nofile)
      assert.deepEqual(Object.keys(Object(service['deploy']).resources.limits).toSorted(), ['cpus', 'memory', 'pids'])
    })

    it(`${name} has a health check, an exact version, and what can be written is not run`, () => {
      if (roles.includes(name)) assert.equal(service.image, undefined)
      else assert.match(service.image ?? '', /:v?\d+\.\d+\.\d+/)
      // The image of ours brings its own.
      if (!roles.includes(name)) assert.ok(Array.isArray(Object(service['healthcheck']).test))
      for (const place of (service['tmpfs'] as string[] | undefined) ?? []) assert.match(place, /noexec/)
    })
  }
})

it('a worker whose loop stands still for some seconds is unhealthy within 15 s, with a second for each check', () => {
  const { interval, retries } = Object(common.services['worker']?.['healthcheck'])
  const standsStillFor = Number(/stuckAfterMs = (\d+)_000/.exec(read('apps/media/src/main/health.ts'))?.[1])
  assert.ok(standsStillFor + 1 + Number(retries) * (Number.parseInt(interval, 10) + 1) <= 15)
})

for (const [environment, stack] of Object.entries(stacks)) {
  describe(`the stack of ${environment}`, () => {
    it('has every service from docker/services.yaml, doubles in dev and test only', () => {
      const isServing = environment === 'staging' || environment === 'prod'
      const wanted = Object.keys(common.services).filter((name) => !(isServing && doubles.includes(name)))
      assert.deepEqual(Object.keys(stack.services).toSorted(), wanted.toSorted())
      for (const [name, service] of Object.entries(stack.services))
        assert.deepEqual(service.extends, { file: 'docker/services.yaml', service: name })
    })

    it('has one image for its roles, made for this environment', () => {
      for (const role of roles) {
        const { image, build } = stack.services[role] as { readonly image: string; readonly build: { readonly args: object } }
        assert.match(image, new RegExp(`\\bholdfast:${environment}\\b`))
        assert.equal(Object(build.args)['BUILD_ARGUMENT_ENV'], environment)
      }
    })

    it('publishes on loopback only, but for the front', () => {
      for (const [name, { ports: own = [] }] of Object.entries(stack.services)) {
        const ports = [...(own as string[]), ...((common.services[name]?.['ports'] as string[] | undefined) ?? [])]
        for (const port of ports) assert.match(port, name === 'nginx' ? /^\$\{FRONT_ADDRESS:-127\.0\.0\.1\}:/ : /^127\.0\.0\.1:/)
        if (environment !== 'dev') assert.equal(ports.length, { nginx: 2, kibana: 1 }[name] ?? 0, name)
      }
    })

    it('declares the secrets, volumes and networks that its services use', () => {
      const used = (kind: 'secrets' | 'networks') =>
        Object.keys(stack.services).flatMap((name) =>
          ((common.services[name]?.[kind] as (string | { readonly source: string })[] | undefined) ?? []).map((one) =>
            typeof one === 'string' ? one : one.source,
          ),
        )
      assert.deepEqual(Object.keys(stack.secrets).toSorted(), [...new Set(used('secrets'))].toSorted())
      for (const network of used('networks')) assert.ok(network in stack.networks, network)
      const made = /^names='([^']+)'/m.exec(read('docker/make-secrets.sh'))?.[1]?.split(/\s+/) ?? []
      assert.deepEqual(Object.keys(stack.secrets).toSorted(), made.toSorted())
      for (const [name, { file }] of Object.entries(stack.secrets)) assert.equal(file, `./var/secrets/${environment}/${name}`)
    })

    it('lets nobody out of the inner networks', () => {
      const isOpen = environment === 'dev'
      const inner = { edge: true, data: !isOpen, logs: true }
      for (const [network, isInternal] of Object.entries(inner)) {
        assert.equal(Object(stack.networks[network]).internal ?? false, isInternal, network)
      }
    })

    it('opens a debugger in dev only', () => {
      assert.equal(/--inspect/.test(JSON.stringify(stack.services)), environment === 'dev')
    })
  })
}

describe('settings', () => {
  const known = new Map(Object.values<Setting<unknown>>(settings).map((setting) => [setting.name, setting]))
  const given = [common, ...Object.values(stacks)].flatMap(({ services }) =>
    roles.flatMap((role) => Object.entries(services[role]?.environment ?? {})),
  )

  it('that a compose file gives are settings, and secrets come as files only', () => {
    assert.ok(given.length > 20)
    for (const [name] of given) {
      const setting = known.get(name) ?? known.get(name.replace(/_FILE$/, ''))
      assert.ok(setting, name)
      assert.equal(name.endsWith('_FILE'), setting.secret, name)
    }
  })

  it('that are secrets are given by a compose file', () => {
    const names = new Set(given.map(([name]) => name))
    // App Service and its kin set this one.
    const secrets = [...known.values()].filter(({ name, secret }) => secret && name !== 'IDENTITY_HEADER')
    assert.deepEqual(
      secrets.map(({ name }) => `${name}_FILE`).filter((name) => !names.has(name)),
      [],
    )
  })

  it('and what else Compose is told stand in docs/platform.md, and nothing else does', () => {
    const files = ['docker/services.yaml', 'compose.yaml', 'compose-test-ci.yaml', 'compose-staging.yaml', 'compose-prod.yaml']
    const filled = files.flatMap((file) => [...read(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name))
    const isSetting = (name: string) => known.has(name) || known.has(name.replace(/_FILE$/, ''))
    const used = new Set([...filled.filter((name) => !isSetting(name)), 'COMPOSE_PROFILES'])
    assert.deepEqual([...described].toSorted(), [...used].toSorted())
  })

  for (const file of ['.env', '.env.test', '.env.staging', '.env.prod']) {
    it(`${file} holds defaults of settings or of the stack, and no secret`, () => {
      for (const name of Object.keys(parseEnv(read(file)))) {
        assert.ok(described.has(name) || known.has(name), name)
        assert.ok(!known.get(name)?.secret, name)
      }
    })
  }

  it('can be left out with their service, by the names that make, Compose and .env have for it', () => {
    const optional = Object.entries(common.services).flatMap(([name, { profiles }]) => (profiles === undefined ? [] : [name]))
    for (const name of optional) assert.deepEqual(common.services[name]?.['profiles'], [name])
    assert.deepEqual(parseEnv(read('.env'))['COMPOSE_PROFILES']?.split(',').toSorted(), optional.toSorted())
    assert.deepEqual(/^optional := (.*)$/m.exec(makefile)?.[1]?.split(' ').toSorted(), optional.toSorted())
    const emptied = [...makefile.matchAll(/^unset_([a-z]+) := (.*)$/gm)]
    for (const [, service = '', assignments = ''] of emptied) {
      assert.ok(optional.includes(service), service)
      for (const [, name = ''] of assignments.matchAll(/([A-Z_]+)=/g))
        assert.match(JSON.stringify([common, stacks]), new RegExp(`\\$\\{${name}-`))
    }
  })
})

describe('make', () => {
  // A pipeline says which stack is its own.
  const { ENV: _, ...env } = process.env
  const make = (...args: string[]) => spawnSync('make', args, { encoding: 'utf8', env })

  it('acts on the stack of each environment, and refuses any other', () => {
    const plan = (...args: string[]) => make('--dry-run', ...args)
    const planned = plan('build', 'start-prod', 'WITHOUT=kibana redis')
    assert.match(planned.stdout, /--env-file \.env -f compose\.yaml build app/)
    assert.match(
      planned.stdout,
      /COMPOSE_PROFILES=nginx,rabbitmq,elasticsearch,logs,mercure,\S+ .*REDIS_URL_FILE= .*--env-file \.env\.prod -f compose-prod\.yaml up/,
    )
    assert.match(plan('logs', 'ENV=qa').stderr, /ENV is qa, and must be dev, test, staging or prod/)
  })

  it('replaces nothing in dev, and says what does', () => {
    const { status, stderr } = make('replace', 'ENV=dev')
    assert.equal(status, 2)
    assert.match(stderr, /make start ENV=dev/)
  })

  it('is short', () => assert.ok(makefile.split('\n').length <= 250))
})

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile')

  it('installs with the manifest of each workspace', () => {
    for (const manifest of globSync(['apps/*/package.json', 'packages/*/package.json']))
      assert.ok(dockerfile.includes(`\nCOPY ${manifest} ${dirname(manifest)}/\n`), manifest)
  })

  /** The last stage by its own arguments, whose patterns are those of a shell too; where that is the one that refuses, what its RUN says. */
  function lastStageFor(environment: string) {
    const assignments = [...dockerfile.matchAll(/^ARG ((?:LEFT|CHOSEN)=)(.*)$/gm)].map(([, name, value]) => `${name}"${value}"`)
    const last = /^FROM (\$\{CHOSEN.*)$/m.exec(dockerfile)?.[1]
    const refusal = /^FROM base AS refused\nARG BUILD_ARGUMENT_ENV\nRUN (.+)$/m.exec(dockerfile)?.[1]
    assert.ok(assignments.length === 6 && last !== undefined && refusal !== undefined)
    const script = [...assignments, `stage="${last}"`, 'echo "$stage"', `if [ "$stage" = refused ]; then ${refusal}; fi`].join('\n')
    return spawnSync('sh', ['-euc', script], { encoding: 'utf8', env: { BUILD_ARGUMENT_ENV: environment } })
  }

  for (const environment of Object.keys(stacks)) {
    it(`ends with the stage of ${environment} where that is asked for`, () => {
      const { status, stdout, stderr } = lastStageFor(environment)
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${environment}\n`, stderr: '' })
      assert.match(dockerfile, new RegExp(`^FROM \\w+ AS ${environment}$`, 'm'))
    })
  }

  for (const word of ['qa', 'Prod', 'production', 'dev test', 'refused', 'base', '*', '']) {
    it(`stops the build for ${word === '' ? 'no word' : word}, and says why`, () => {
      const { status, stdout, stderr } = lastStageFor(word)
      assert.deepEqual({ status, stdout }, { status: 1, stdout: 'refused\n' })
      assert.equal(stderr, `BUILD_ARGUMENT_ENV is '${word}', and must be dev, test, staging or prod\n`)
    })
  }

  it('copies, installs what is locked, and upgrades nothing', () => {
    assert.doesNotMatch(dockerfile, /^ADD |apt-get (dist-)?upgrade|npm (install|i|update) /m)
    assert.match(dockerfile, /npm ci --omit=dev/)
    assert.match(read('.npmrc'), /^ignore-scripts=true$/m)
    assert.match(dockerfile, /FROM \$\{NODE_IMAGE:-node:\d+\.\d+\.\d+-/)
    assert.match(dockerfile, /^USER 10001:10001$/m)
    assert.match(dockerfile, /^ {2}CMD \["\/usr\/local\/bin\/node", /m)
  })
})

it('docs/platform.md has a row for each weakness that is borne, with its reason', () => {
  const rows = exceptions.map(({ services, row, reason }) => `| ${services.join(', ')} | ${row} | ${reason} |`)
  assert.deepEqual(
    platform.split('\n').filter((line) => rows.includes(line)),
    rows,
  )
})
