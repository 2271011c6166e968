import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import type { Setting } from '../../apps/media/src/main/setting.ts'
import { settings } from '../../apps/media/src/main/settings.ts'

type Labels = Readonly<Record<string, string>>

interface Named {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: { readonly name: string }
  /** Of each kind another one. */
  readonly spec: ReturnType<typeof parse>
}

const folder = 'deploy/kubernetes'
const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8')
const kustomization = parse(read('kustomization.yaml'))
const things = (kustomization.resources as string[]).map((name) => parse(read(name)) as Named)
const ofKind = (kind: string) => things.filter((thing) => thing.kind === kind)
const pods = [...ofKind('Deployment'), ...ofKind('Job')].map(({ metadata, spec }) => ({
  name: metadata.name,
  labels: spec.template.metadata.labels as Labels,
  spec: spec.template.spec,
  container: spec.template.spec.containers[0],
  replicated: spec,
}))
const environment = parseEnv(read('holdfast.env')) as Labels
const secretFiles = (kustomization.secretGenerator[0].files as string[]).map((path) => basename(path))

const versions: Labels = {
  ...{ Namespace: 'v1', PersistentVolumeClaim: 'v1', Service: 'v1', Job: 'batch/v1', Deployment: 'apps/v1' },
  ...{ PodDisruptionBudget: 'policy/v1', HorizontalPodAutoscaler: 'autoscaling/v2' },
  ...{ NetworkPolicy: 'networking.k8s.io/v1', Ingress: 'networking.k8s.io/v1' },
}

const fits = (wanted: Labels, labels: Labels) => Object.entries(wanted).every(([name, value]) => labels[name] === value)
const chosenBy = (wanted: Labels) => pods.filter(({ labels }) => fits(wanted, labels))

describe('what the cluster is told', () => {
  it('is of kinds and versions that are known, named once, and every file is applied', () => {
    for (const { kind, apiVersion } of things) assert.equal(apiVersion, versions[kind], kind)
    const named = things.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.equal(new Set(named).size, named.length)
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    assert.deepEqual(files.toSorted(), (kustomization.resources as string[]).toSorted())
  })

  it('refers to what is there', () => {
    for (const { name, labels, replicated } of pods) if (replicated.selector) assert.ok(fits(replicated.selector.matchLabels, labels), name)
    for (const { spec, metadata } of ofKind('PodDisruptionBudget'))
      assert.equal(chosenBy(spec.selector.matchLabels).length, 1, metadata.name)
    for (const { spec, metadata } of ofKind('HorizontalPodAutoscaler')) {
      assert.ok(
        ofKind('Deployment').some((one) => one.metadata.name === spec.scaleTargetRef.name),
        metadata.name,
      )
    }
    for (const { spec, metadata } of ofKind('NetworkPolicy'))
      assert.notEqual(chosenBy(spec.podSelector.matchLabels ?? {}).length, 0, metadata.name)
    const [claim] = ofKind('PersistentVolumeClaim')
    for (const { spec } of pods) assert.equal(spec.volumes[0].persistentVolumeClaim.claimName, claim?.metadata.name)
  })

  it('leads from the ingress to the port that listens', () => {
    const services = new Map(ofKind('Service').map((one) => [one.metadata.name, one.spec]))
    const [ingress] = ofKind('Ingress')
    assert.ok(ingress !== undefined)
    for (const { path, backend } of ingress.spec.rules[0].http.paths) {
      const service = services.get(backend.service.name)
      assert.equal(service.ports[0].name, backend.service.port.name)
      if (path === '/metrics') assert.equal(service.selector, undefined)
      else {
        const [pod] = chosenBy(service.selector)
        assert.equal(pod?.container.ports[0].name, service.ports[0].targetPort)
        assert.equal(pod?.container.ports[0].containerPort, Number(settings.port.defaultText))
      }
    }
  })

  it('gives settings that are known, and each secret its file', () => {
    const known = new Map(Object.values<Setting<unknown>>(settings).map((one) => [one.name, one.secret]))
    const secrets = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'))
    for (const [name, path] of secrets) {
      assert.ok(known.get(name.slice(0, -'_FILE'.length)), name)
      assert.ok(path.startsWith('/run/secrets/'))
    }
    assert.deepEqual(secrets.map(([, path]) => basename(path)).toSorted(), secretFiles.toSorted())
    const plain = [...Object.keys(environment).filter((name) => !name.endsWith('_FILE')), 'HEALTH_PORT']
    for (const name of plain) assert.equal(known.get(name), false, name)
    assert.equal(read('.gitignore'), '/secrets/\n')
  })

  it('scales workers by a metric that is told of', () => {
    const [, metric = ''] = /metricsQuery: .*?\((holdfast_\w+)\{/.exec(read('README.md')) ?? []
    assert.match(readFileSync('docs/metrics.md', 'utf8'), new RegExp(`^\\| \`${metric}\` `, 'm'))
    const worker = ofKind('HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'holdfast-worker')
    assert.match(read('README.md'), new RegExp(`as: ${worker?.spec.metrics[0].external.metric.name} `))
  })
})

for (const { name, spec, container, replicated } of pods) {
  describe(name, () => {
    it('is confined as the containers of the stack are', () => {
      assert.deepEqual(
        kustomization.images.map((image: Named['metadata']) => image.name),
        [container.image],
      )
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      assert.equal(spec.securityContext.runAsNonRoot, true)
      assert.equal(spec.securityContext.runAsUser, 10_001)
      assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' })
      assert.equal(spec.automountServiceAccountToken, false)
      assert.deepEqual(Object.keys(container.resources.limits), ['cpu', 'memory'])
      assert.deepEqual(
        container.volumeMounts.map((mount: Named['metadata']) => mount.name),
        spec.volumes.map((volume: Named['metadata']) => volume.name),
      )
    })

    if (replicated.selector !== undefined) {
      it('is asked whether it lives and serves, and has the time that it needs to end', () => {
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          assert.match(container[probe].httpGet.path, /^\/(livez|readyz|startupz)$/)
          assert.equal(container[probe].httpGet.port, container.ports[0].name)
        }
        const needed = Number(environment['SHUTDOWN_DRAIN_SECONDS']) + Number(environment['SHUTDOWN_GRACE_SECONDS'])
        assert.ok(spec.terminationGracePeriodSeconds > needed)
        const { periodSeconds, failureThreshold } = container.readinessProbe
        assert.ok(periodSeconds * failureThreshold < Number(environment['SHUTDOWN_DRAIN_SECONDS']))
        assert.equal(replicated.strategy.rollingUpdate.maxUnavailable, 0)
      })
    }
  })
}
