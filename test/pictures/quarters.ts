import sharp from 'sharp'

/** Red, green, blue and yellow: from the left to the right, and from above. */
export type Quarters = readonly [string, string, string, string]
export const upright: Quarters = ['#dc1414', '#14b414', '#1428dc', '#e6d214']

/** A picture that tells where its top is. */
export async function quarters(width: number, height: number): Promise<Buffer> {
  const [red, green, blue, yellow] = upright
  const rect = (x: number, y: number, colour: string) => `<rect x="${x}" y="${y}" width="50" height="50" fill="${colour}"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">${rect(0, 0, red)}${rect(50, 0, green)}${rect(0, 50, blue)}${rect(50, 50, yellow)}</svg>`
  return sharp(Buffer.from(svg)).resize(width, height, { fit: 'fill', kernel: 'nearest' }).removeAlpha().png().toBuffer()
}

/** Whether the middle of each quarter has its colour, or one as near as another colour space and a lossy format leave it. */
export async function showsQuarters(picture: Buffer, [...expected]: Quarters): Promise<boolean> {
  const { data, info } = await sharp(picture)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const middle = (part: number, whole: number) => Math.floor((whole * (1 + 2 * part)) / 4)
  return expected.every((colour, at) => {
    const pixel = middle(Math.floor(at / 2), info.height) * info.width + middle(at % 2, info.width)
    const levels = [1, 3, 5].map((digit) => Number.parseInt(colour.slice(digit, digit + 2), 16))
    return levels.every((level, channel) => Math.abs(level - (data[pixel * info.channels + channel] ?? 0)) <= tolerance)
  })
}

const tolerance = 90
