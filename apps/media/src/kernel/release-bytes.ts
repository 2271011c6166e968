/**
 * Gives the memory of a chunk back at once: nobody may look at it again. Left to the garbage collector, the chunks of a fast stream make
 * it walk the whole heap several times a second, and stay in memory until it has. A chunk that is a part of something is left alone.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength) buffer.transfer(0)
}

/** Throws where the chunk's memory was given back: it would read as empty. */
export function refuseReleased({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.detached) throw new Error('a chunk was used again after it had been handed over')
}
