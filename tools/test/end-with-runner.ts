/** Loaded into each test file's process: it ends when the runner has ended, however that ended, and so do the processes it started. */
const runner = process.ppid
// What it tells of its lines (tools/coverage) is enough: the processes that it starts need not.
delete process.env['NODE_V8_COVERAGE']
delete process.env['NODE_DISABLE_COMPILE_CACHE']
const checkEveryMs = 250

setInterval(() => {
  if (process.ppid !== runner) process.exit(1)
}, checkEveryMs).unref()
