/* eslint-disable no-bitwise -- a checksum is made of bits */
/** The CRC-32 of a text. `node:zlib` has this function only since Node.js 22.2. */
export function crc32(text: string): number {
  let crc = 0xFFFFFFFF;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xEDB88320 : crc >>> 1;
  }
  return (crc ^ 0xFFFFFFFF) >>> 0;
}
