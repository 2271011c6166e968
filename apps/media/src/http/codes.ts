import type { FailureKind } from '../kernel/failure.ts'

/** The first of the two tables that read a failure's kind. */
export const statusOfKind: Readonly<Record<FailureKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  timed_out: 408,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unsupported_type: 415,
  unprocessable: 422,
  locked: 423,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  out_of_space: 507,
}

interface CodeEntry {
  readonly kind: FailureKind
  /** Where HTTP has a status of its own for it. */
  readonly status?: number
  readonly title: string
  readonly remedy: string
}

/** Every code that an answer may carry. `docs/errors.md` lists the same, and `/errors/{code}` tells one. */
export const codes = {
  'request.invalid': {
    kind: 'invalid',
    title: 'A part of the request is missing, unknown or of the wrong type',
    remedy: 'Mend what `errors` lists.',
  },
  'request.body_malformed': {
    kind: 'invalid',
    title: 'The body cannot be parsed',
    remedy: 'Send well-formed JSON in UTF-8 or multipart, as the Content-Type says.',
  },
  'request.cursor_invalid': {
    kind: 'invalid',
    title: 'The cursor is not one of this list',
    remedy: 'Pass the `next` of the page before, unchanged.',
  },
  'request.header_invalid': {
    kind: 'invalid',
    title: 'A header cannot be understood',
    remedy: 'See `detail` for the header and its form.',
  },
  'request.url_malformed': { kind: 'invalid', title: 'The URL cannot be decoded', remedy: 'Percent-encode path and query, in UTF-8.' },
  'request.malformed': {
    kind: 'invalid',
    title: 'This is not a well-formed HTTP request',
    remedy: 'Look at what the client or a proxy sends.',
  },
  'request.aborted': {
    kind: 'invalid',
    title: 'The connection closed before the body was complete',
    remedy: 'Send it again; nothing was kept.',
  },
  'request.headers_too_large': {
    kind: 'too_large',
    status: 431,
    title: 'The headers are too large',
    remedy: 'Send fewer or shorter headers.',
  },
  'request.body_too_large': { kind: 'too_large', title: 'The body is too large', remedy: 'Send a smaller one.' },
  'request.media_type_unsupported': {
    kind: 'unsupported_type',
    title: 'This route does not take this Content-Type',
    remedy: 'Send application/json.',
  },
  'request.content_encoding_unsupported': {
    kind: 'unsupported_type',
    title: 'A body is not taken with a Content-Encoding',
    remedy: 'Send it uncompressed.',
  },
  'request.transfer_coding_unsupported': {
    kind: 'invalid',
    status: 501,
    title: 'The Transfer-Encoding is not understood',
    remedy: 'Send it chunked alone, or with a Content-Length.',
  },
  'request.expectation_failed': {
    kind: 'invalid',
    status: 417,
    title: 'Something was expected that cannot be promised',
    remedy: 'Send it without `Expect`, or with `100-continue`.',
  },
  'request.precondition_failed': {
    kind: 'precondition_failed',
    title: 'There is no ETag here that could match',
    remedy: 'Send it without `If-Match`: only content can be guarded by it.',
  },
  'request.too_slow': {
    kind: 'timed_out',
    title: 'The request arrived too slowly',
    remedy: 'Send it again over a better line; nothing was kept.',
  },
  'route.unknown': { kind: 'not_found', title: 'There is no such route', remedy: 'Look at /openapi.json.' },
  'method.not_allowed': {
    kind: 'invalid',
    status: 405,
    title: 'The route is there, but not for this method',
    remedy: 'Use one that `Allow` names.',
  },
  'method.not_implemented': {
    kind: 'invalid',
    status: 501,
    title: 'No route has this method',
    remedy: 'Look at /openapi.json.',
  },
  'live.invalid_subscription': {
    kind: 'invalid',
    title: 'The topics of a subscription cannot be read',
    remedy: 'Give `match` or `match_urlpattern`, or `topic` in 0.x, as `GET /v1/events` has them.',
  },
  'live.invalid_update': {
    kind: 'invalid',
    title: 'The update cannot be published',
    remedy: 'See `detail` for the field, and docs/live-updates.md for what it may hold.',
  },
  'live.update_too_large': {
    kind: 'too_large',
    title: 'The update is too large to be sent live',
    remedy: 'Send where it can be read instead.',
  },
  'live.not_granted': {
    kind: 'forbidden',
    title: 'The token does not grant this on every topic',
    remedy: 'Ask whoever issued it for a grant.',
  },
  'live.id_taken': {
    kind: 'conflict',
    title: 'Another update was published under this id',
    remedy: 'Give each update an id of its own, or none.',
  },
  'live.subscription_unknown': {
    kind: 'not_found',
    title: 'Nobody listens so',
    remedy: 'Ask for the collection again: subscriptions come and go.',
  },
  'live.too_many_connections': {
    kind: 'rate_limited',
    title: 'Too many live connections',
    remedy: 'Close one, or wait for `Retry-After`.',
  },
  'auth.credentials_missing': {
    kind: 'unauthenticated',
    title: 'Credentials are needed',
    remedy: 'Send `Authorization: Bearer` with an access token or an API key.',
  },
  'auth.credentials_invalid': {
    kind: 'unauthenticated',
    title: 'The credentials are not valid',
    remedy: 'Log in again, or use another key.',
  },
  'auth.credentials_expired': {
    kind: 'unauthenticated',
    title: 'The credentials have expired',
    remedy: 'Ask for the next tokens, or for another key.',
  },
  'request.rate_limited': {
    kind: 'rate_limited',
    title: 'Too many requests',
    remedy: 'Wait for `Retry-After`; `RateLimit` and `RateLimit-Policy` tell what is left of which quota.',
  },
  'auth.locked_out': { kind: 'rate_limited', title: 'Too many wrong passwords for this address', remedy: 'Wait for `Retry-After`.' },
  'auth.busy': { kind: 'unavailable', title: 'Too many log-ins at this moment', remedy: 'Try again after `Retry-After`.' },
  'auth.no_session': { kind: 'conflict', title: 'An API key has no session to end', remedy: 'Revoke the key.' },
  'auth.forbidden': { kind: 'forbidden', title: 'None of your roles gives this right', remedy: 'Ask an administrator for the role.' },
  'user.unknown': { kind: 'not_found', title: 'There is no such user', remedy: 'Look the id up again.' },
  'user.changed': { kind: 'conflict', title: 'The user changed at the same moment', remedy: 'Read it again, then decide.' },
  'user.email_taken': { kind: 'conflict', title: 'Another user has this address', remedy: 'Choose another.' },
  'user.reset_token_invalid': {
    kind: 'unprocessable',
    title: 'The token sets no password: it was used, has expired, or never was one',
    remedy: 'Ask for another one: `POST /v1/password-resets`.',
  },
  'user.last_administrator': {
    kind: 'conflict',
    title: 'This is the last user who can administer the tenant',
    remedy: 'Make another one an administrator first.',
  },
  'user.ops_only': { kind: 'forbidden', title: 'Only a holder of the role ops may do this', remedy: 'Ask an operator.' },
  'user.password_wrong': { kind: 'forbidden', title: 'The current password is another one', remedy: 'Try again, or ask an administrator.' },
  'session.unknown': { kind: 'not_found', title: 'There is no such session', remedy: 'List them again: it may have run out.' },
  'api-key.unknown': { kind: 'not_found', title: 'There is no such API key', remedy: 'Look the id up again.' },
  'api-key.scope_not_held': { kind: 'forbidden', title: 'You cannot give what you do not have', remedy: 'Ask for fewer scopes.' },
  'api-key.expiry_past': {
    kind: 'invalid',
    title: 'The key would have expired already',
    remedy: 'Send an `expiresAt` that lies in the future.',
  },
  'entry.not_yours': { kind: 'forbidden', title: 'Only the owner of an entry may do this', remedy: 'Ask its owner.' },
  'file.unknown': { kind: 'not_found', title: 'There is no such file', remedy: 'Look the id up again.' },
  'file.gone': { kind: 'gone', title: 'The file was deleted for good', remedy: 'Upload it again.' },
  'file.trashed': { kind: 'conflict', title: 'The file is in the trash', remedy: 'Restore it first.' },
  'file.not_trashed': { kind: 'conflict', title: 'The file is not in the trash', remedy: 'There is nothing to restore.' },
  'file.purging': { kind: 'conflict', title: 'The file is being deleted for good', remedy: 'It is too late: upload it again.' },
  'file.changed': { kind: 'conflict', title: 'The file changed at the same moment', remedy: 'Read it again, then decide.' },
  'file.legal_hold': { kind: 'locked', title: 'A legal hold keeps the file', remedy: 'Ask the operator to lift it.' },
  'file.illegal_move': { kind: 'conflict', title: 'A file in this state cannot do this', remedy: 'Look at its `state`.' },
  'file.precondition_failed': {
    kind: 'precondition_failed',
    title: 'The content is not the one that the request names',
    remedy: 'Read it again: it changed meanwhile.',
  },
  'file.range_unsatisfiable': {
    kind: 'invalid',
    status: 416,
    title: 'The range lies outside the content',
    remedy: '`Content-Range` tells the size.',
  },
  'file.too_large': { kind: 'too_large', title: 'The file is larger than its kind may be', remedy: '`maxBytes` tells the limit.' },
  'file.type_mismatch': {
    kind: 'unsupported_type',
    title: 'The content is not what its Content-Type says',
    remedy: 'Declare the type that it has, or none.',
  },
  'file.kind_refused': {
    kind: 'unsupported_type',
    title: 'Files of this kind are not accepted here',
    remedy: 'Ask the operator which are.',
  },
  'file.digest_mismatch': { kind: 'unprocessable', title: 'The bytes have another SHA-256 than announced', remedy: 'Send them again.' },
  'file.tags_invalid': { kind: 'unprocessable', title: 'The tags cannot be kept', remedy: 'See `detail` for what a tag may be.' },
  'thumbnail.none': {
    kind: 'not_found',
    title: 'Files of this kind have no thumbnails',
    remedy: 'Show a sign of the kind instead. Where `detail` names a program, install it for the workers.',
  },
  'thumbnail.size_unknown': { kind: 'not_found', title: 'There is no such size of thumbnails', remedy: '`detail` names those there are.' },
  'thumbnail.refused': {
    kind: 'unprocessable',
    title: 'No thumbnail can be made of this content',
    remedy: '`reason` tells why; nothing is tried again until the content is another.',
  },
  'thumbnail.unavailable': {
    kind: 'unavailable',
    title: 'The picture could not be rendered now',
    remedy: 'Nothing: it is tried again. Messages name it; no request is answered with it.',
  },
  'search.query_invalid': {
    kind: 'invalid',
    title: 'There is nothing to search for, or too much',
    remedy: 'See `detail` for what `q` may hold.',
  },
  'search.unavailable': {
    kind: 'unavailable',
    title: 'The index beside the database does not answer',
    remedy: 'Nothing: what is searched for is found in the database meanwhile. Commands name it; no request is answered with it.',
  },
  'upload.empty': { kind: 'invalid', title: 'The multipart body has no file', remedy: 'Send at least one part with a file name.' },
  'upload.superseded': {
    kind: 'conflict',
    title: 'Another attempt has taken this upload over',
    remedy: 'Send it again with the same Idempotency-Key.',
  },
  'name.invalid': { kind: 'unprocessable', title: 'The name cannot be kept', remedy: 'See `detail` for what is wrong with it.' },
  'name.taken': { kind: 'conflict', title: 'An entry beside it has that name, case aside', remedy: 'Choose another.' },
  'folder.unknown': { kind: 'not_found', title: 'There is no such folder', remedy: 'Look the id up again.' },
  'folder.gone': { kind: 'gone', title: 'The folder was deleted for good', remedy: 'Make a new one.' },
  'folder.trashed': { kind: 'conflict', title: 'The folder is in the trash', remedy: 'Restore it first.' },
  'folder.not_trashed': { kind: 'conflict', title: 'The folder is not in the trash', remedy: 'There is nothing to restore.' },
  'folder.purging': { kind: 'conflict', title: 'The folder is being deleted for good', remedy: 'It is too late to restore it.' },
  'folder.in_trashed_tree': { kind: 'conflict', title: 'The folder was deleted with the one it lies in', remedy: 'Restore that one.' },
  'folder.cycle': { kind: 'conflict', title: 'The folder would come to lie in itself', remedy: 'Move it elsewhere.' },
  'folder.too_deep': { kind: 'unprocessable', title: 'The tree would be too deep', remedy: 'Put it higher up.' },
  'folder.changed': { kind: 'conflict', title: 'The folder changed at the same moment', remedy: 'Read it again, then decide.' },
  'share.unknown': {
    kind: 'not_found',
    title: 'The entry itself is not shared with that user',
    remedy: 'List its shares: a folder above may be.',
  },
  'share.with_owner': { kind: 'unprocessable', title: 'The owner of an entry sees it anyway', remedy: 'Name another user.' },
  'share.too_many': { kind: 'unprocessable', title: 'The entry is shared with as many users as may be', remedy: 'Withdraw a share first.' },
  'quota.exceeded': { kind: 'out_of_space', title: 'The tenant has no room for this', remedy: 'Erase something, or ask for more.' },
  'storage.unavailable': { kind: 'unavailable', title: 'The blob store cannot be used now', remedy: 'Try again after `Retry-After`.' },
  'storage.blob_missing': {
    kind: 'unavailable',
    title: 'The bytes of this file cannot be found',
    remedy: 'Tell the operator: a backup has them.',
  },
  'database.unavailable': {
    kind: 'unavailable',
    title: 'The database cannot be used now',
    remedy: 'Try again after `Retry-After`; nothing was kept.',
  },
  'idempotency.key_missing': { kind: 'invalid', title: 'This route needs an Idempotency-Key', remedy: 'Send one of your own making.' },
  'idempotency.key_malformed': {
    kind: 'invalid',
    title: 'The Idempotency-Key cannot be one',
    remedy: 'Send 1 to 255 visible ASCII characters.',
  },
  'idempotency.key_reused': {
    kind: 'unprocessable',
    title: 'The Idempotency-Key was used with another request',
    remedy: 'Make a new key for a new request.',
  },
  'idempotency.in_progress': {
    kind: 'conflict',
    title: 'A request with this Idempotency-Key is running',
    remedy: 'Send the same again after `Retry-After`.',
  },
  'idempotency.store_unavailable': {
    kind: 'unavailable',
    title: 'The keys cannot be looked up now: nothing was done',
    remedy: 'Send the same again after `Retry-After`.',
  },
  'message.unknown': {
    kind: 'not_found',
    title: 'There is no such message in this state',
    remedy: 'List them again: it may have moved on.',
  },
  'message.too_late': { kind: 'conflict', title: 'The message was taken already', remedy: 'Look at its story.' },
  'story.unknown': {
    kind: 'not_found',
    title: 'Nothing here belongs to this correlation id',
    remedy: 'Check the id; old stories are pruned.',
  },
  'receipt.malformed': { kind: 'unprocessable', title: 'This is not a receipt', remedy: 'Pass the receipt as it was answered.' },
  'receipt.key_unknown': {
    kind: 'unprocessable',
    title: 'The receipt was signed with another key',
    remedy: 'Check it with the keys of the installation that made it.',
  },
  'receipt.signature_wrong': { kind: 'unprocessable', title: 'The receipt is not what was signed', remedy: 'Do not trust it.' },
  'keys.rotated_meanwhile': { kind: 'conflict', title: 'The signing keys were rotated at the same moment', remedy: 'Look at them again.' },
  'keys.readable_by_others': {
    kind: 'internal',
    title: 'Others can read the signing keys',
    remedy: 'Take the permission away: `chmod 600`.',
  },
  'keys.of_another_house': {
    kind: 'internal',
    title: 'This process has other signing keys than the others on its database',
    remedy: 'Give every process the same `JWT_KEYS_DIR`.',
  },
  'logs.folder_unwritable': {
    kind: 'internal',
    title: 'The log cannot be written where LOG_FOLDER says',
    remedy: 'Let the service write there, or leave `LOG_FOLDER` out.',
  },
  'storage.of_another_house': {
    kind: 'internal',
    title: 'The place of the blobs is not that of this database',
    remedy: 'Give every process the same `STORAGE_URL`, and mount it; after a move or a restore run `holdfast storage adopt`.',
  },
  'keys.unreadable': { kind: 'internal', title: 'The signing keys cannot be read', remedy: 'Run `holdfast doctor`.' },
  'backup.place_taken': {
    kind: 'conflict',
    title: 'There is something where the backup shall be',
    remedy: 'Name a place where nothing is.',
  },
  'backup.unwritable': {
    kind: 'unavailable',
    title: 'The backup cannot be written there',
    remedy: 'Make room, or mend the permissions; nothing half-done is left under the name.',
  },
  'backup.damaged': {
    kind: 'unprocessable',
    title: 'The backup is not what was written',
    remedy: 'Take another copy of it, or an older one: `detail` names what is wrong.',
  },
  'backup.newer_version': {
    kind: 'unprocessable',
    title: 'The backup is of a newer version than this one',
    remedy: 'Restore it with that version, or a later one.',
  },
  'backup.house_not_empty': {
    kind: 'conflict',
    title: 'Only an empty house can be filled from a backup',
    remedy: 'Give it an empty database and an empty place for the blobs.',
  },
  'backup.restore_unfinished': {
    kind: 'internal',
    title: 'A restore of this database has not ended',
    remedy: 'Wait for it; where it was cut off, run it again.',
  },
  'backup.too_much_change': {
    kind: 'unavailable',
    title: 'So much was deleted meanwhile that no moment could be kept whole',
    remedy: 'Try again when less is deleted.',
  },
  internal: { kind: 'internal', title: 'Something went wrong here', remedy: 'Tell the operator the correlation id.' },
} as const satisfies Readonly<Record<string, CodeEntry>>

const entries: Readonly<Record<string, CodeEntry>> = codes

export function describeCode(code: string): (CodeEntry & { readonly status: number }) | undefined {
  if (!Object.hasOwn(entries, code)) return undefined
  const entry = entries[code]
  return entry && { ...entry, status: entry.status ?? statusOfKind[entry.kind] }
}
