import type { KnipConfig } from 'knip'

/** An export that its own file needs may be exported for a test; so in production only what nothing uses at all is unused. */
const config: KnipConfig = ({ production }) => ({
  ignoreExportsUsedInFile: production ? true : { interface: true, type: true },
  workspaces: {
    '.': {
      entry: [
        'tools/*.ts',
        'tools/gates/knip-*.ts',
        'bench/run.ts',
        'bench/memory.ts',
        'bench/live.ts',
        'bench/optional-parts.ts',
        'bench/search.ts',
        'bench/message-{lanes,latency,schedule}.ts',
        'bench/servers/*.ts',
        'bench/bus/{amqplib,bullmq,golevelup,graphile-worker,holdfast-direct,holdfast-outbox,pg-boss}.ts',
        'test/demo/{demo,fixtures}.ts',
        'test/pipeline/pipeline.ts',
        'test/smoke/smoke.ts',
        'test/stack/{drill,faults,replace}.ts',
        // Processes, or what is loaded into them, that are named by their path.
        'tools/test/end-with-runner.ts',
        'tools/sbom/write-sbom.ts',
        'tools/mutation/load-mutant.ts',
        'test/service/killable-process.ts',
        'test/pictures/pictures.ts',
        'test/rolling/rolling.ts',
        'test/torture/torture.ts',
        'test/bus-torture/{bus-process,bus-torture}.ts',
        'test/bus-accidents/{accidents,worker-process}.ts',
        '**/*.test.ts',
      ],
      project: ['tools/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
      ignoreDependencies: ['@biomejs/biome', 'jscpd', 'oxlint', 'oxlint-tsgolint'],
      // The machine's own: the README names what is needed, and a test that misses the others is skipped in the open.
      ignoreBinaries: ['make', 'mount', 'sha256sum', 'umount', 'unshare'],
    },
    'packages/*': {
      // Optional peers, which the strict mode takes for missing.
      ignoreDependencies: ['@opentelemetry/api!', 'amqplib!', 'mysql2!', 'pino!'],
      entry: ['src/**/*.test.ts', 'src/**/*.fixture.ts'],
      project: ['src/**/*.ts!', '!src/**/{test-*,*.fixture}.ts!'],
    },
    'apps/*': {
      // Processes that are named by their path.
      entry: ['src/adapters/sharp-thumbnailer/picture-worker.ts!', 'src/main/health-probe.ts!', 'src/**/*.test.ts', 'src/**/*.fixture.ts'],
      project: ['src/**/*.ts!', '!src/**/{test-*,*.fixture}.ts!', '!src/**/testing/**!'],
    },
  },
})

export default config
