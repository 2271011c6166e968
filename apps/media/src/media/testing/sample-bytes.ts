/** The first bytes of files of many formats, as their specifications have them. */

const bytes = (...parts: (string | readonly number[] | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

const zeros = (count: number) => new Uint8Array(count)

function uint(size: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(size)
  buffer.writeUIntLE(value, 0, size)
  return buffer
}

/** A zip archive of stored entries, without its directory: what a reader of its beginning sees. */
function zipOf(entries: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(entries).map(([name, content]) =>
    bytes(
      'PK\x03\x04',
      [20, 0, 0, 0, 0, 0],
      zeros(8),
      uint(4, content.length),
      uint(4, content.length),
      uint(2, name.length),
      uint(2, 0),
      name,
      content,
    ),
  )
  return Buffer.concat(parts)
}

const contentTypes = (part: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/x.xml" ContentType="application/vnd.openxmlformats-officedocument.${part}.main+xml"/></Types>`

const office = (part: string) => zipOf({ '[Content_Types].xml': contentTypes(part), 'docProps/app.xml': '<x/>' })

const isoMedia = (brand: string) => bytes([0, 0, 0, 24], 'ftyp', brand, [0, 0, 0, 0], 'isom', brand, [0, 0, 0, 8], 'free')

const wave = bytes('RIFF', uint(4, 36), 'WAVEfmt ', uint(4, 16), [1, 0, 1, 0], uint(4, 8000), uint(4, 8000), [1, 0, 8, 0], 'data', zeros(4))

function tarOf(name: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0' + '0000000\0' + '0000000\0' + '00000000000\0' + '00000000000\0', 100)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, Buffer.alloc(1024)])
}

export const samples = {
  png: bytes(
    [0x89],
    'PNG\r\n',
    [0x1a, 0x0a, 0, 0, 0, 13],
    'IHDR',
    [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0],
    zeros(4),
    [0, 0, 0, 0],
    'IDAT',
    zeros(16),
  ),
  jpeg: bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF', [0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
  gif: bytes('GIF89a', [1, 0, 1, 0, 0x80, 0, 0], zeros(6)),
  webp: bytes('RIFF', uint(4, 26), 'WEBPVP8L', uint(4, 13), [0x2f], zeros(12)),
  bmp: bytes('BM', uint(4, 58), zeros(4), uint(4, 54), uint(4, 40), uint(4, 1), uint(4, 1), [1, 0, 24, 0], zeros(24)),
  tiff: bytes('II*', [0, 8, 0, 0, 0, 0, 0], zeros(8)),
  tiffReadFromItsEnd: bytes('MM', [0, 42, 0, 1, 0, 0], zeros(8)),
  heic: bytes([0, 0, 0, 24], 'ftypheic', zeros(4), 'mif1heic', [0, 0, 0, 8], 'free'),
  svg: bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'),
  bareSvg: bytes('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'),
  pdf: bytes('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n'),
  rtf: bytes('{\\rtf1\\ansi Hello\\par}'),
  doc: bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], zeros(504)),
  docx: office('wordprocessingml.document'),
  xlsx: office('spreadsheetml.sheet'),
  pptx: office('presentationml.presentation'),
  odt: zipOf({ mimetype: 'application/vnd.oasis.opendocument.text', 'content.xml': '<x/>' }),
  zip: zipOf({ 'a.txt': 'hello', 'b.txt': 'world' }),
  gzip: bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], zeros(12)),
  tar: tarOf('a.txt'),
  sevenZip: bytes('7z', [0xbc, 0xaf, 0x27, 0x1c, 0, 4], zeros(24)),
  mp4: isoMedia('isom'),
  mov: isoMedia('qt  '),
  m4a: isoMedia('M4A '),
  webm: bytes([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], 'webm', [0x42, 0x87, 0x81, 4], zeros(20)),
  mp3: bytes('ID3', [3, 0, 0, 0, 0, 0, 0, 0xff, 0xfb, 0x90, 0x64], zeros(413)),
  wav: wave,
  flac: bytes('fLaC', [0, 0, 0, 34], zeros(34)),
  text: bytes('Dear all,\nthe meeting is at 9.\n'),
  html: bytes('<!DOCTYPE html><html><body>Hello</body></html>'),
  json: bytes('{"a": [1, 2, 3]}'),
  csv: bytes('a,b\n1,2\n'),
  latin1: bytes('Gr\xfc\xdfe aus K\xf6ln\n'),
  utf8: Buffer.from('Grüße, приве́т, 你好\n'),
  utf16le: Buffer.from('\ufeffGrüße\r\n', 'utf16le'),
  utf16be: Buffer.from('\ufeffGrüße\r\n', 'utf16le').swap16(),
  exe: bytes('MZ', [0x90, 0, 3, 0, 0, 0], zeros(56)),
  bmw: bytes('BMW, MZ and II* are how some texts begin\n'),
  solid: bytes('solid advice is rare\n'),
} as const
