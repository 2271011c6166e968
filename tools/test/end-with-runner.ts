/** Loaded into each test file's process: it ends when the runner has ended, however that ended, and so do the processes it started. */
const runner = process.ppid
const checkEveryMs = 250

setInterval(() => {
  if (process.ppid !== runner) process.exit(1)
}, checkEveryMs).unref()
