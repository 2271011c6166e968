interface Part {
  readonly name: string
  readonly bytes: Uint8Array
}

const boundary = 'holdfast-torture-boundary'

export const formType = `multipart/form-data; boundary=${boundary}`

/** A form of files (RFC 7578). */
export function formOf(files: readonly Part[], folderId: string | null = null): Buffer {
  const folder = folderId === null ? [] : [part('name="folder"', Buffer.from(folderId))]
  const parts = files.map(({ name, bytes }) => part(`name="file"; filename="${name}"`, bytes))
  return Buffer.concat([...folder, ...parts, Buffer.from(`--${boundary}--\r\n`)])
}

function part(disposition: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`), bytes, Buffer.from('\r\n')])
}
