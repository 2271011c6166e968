import { integer, oneOf, setting, text } from './setting.ts'

/** Where a process listens. Of their own: a health check is a process every few seconds, and loads no other setting. */
export const listening = {
  appEnv: setting('APP_ENV', 'dev', 'Which defaults and which strictness apply', oneOf('dev', 'test', 'staging', 'prod')),
  host: setting('HOST', '127.0.0.1', 'Address to listen on', text),
  port: setting('PORT', '3000', 'Port to listen on; 0 takes a free one', integer(0, 65_535, 'a port')),
  healthPort: setting(
    'HEALTH_PORT',
    undefined,
    'Where `holdfast work` answers `/livez`, `/readyz`, `/startupz` and `/metrics`; nowhere where left out',
    integer(1, 65_535, 'a port'),
  ),
} as const
