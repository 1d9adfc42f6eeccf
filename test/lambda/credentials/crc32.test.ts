import { crc32 } from '../../../lambda/credentials/crc32';

test.each([
  ['', 0],
  // The usual check value of CRC-32.
  ['123456789', 0xCBF43926],
  ['The quick brown fox jumps over the lazy dog', 0x414FA339],
])('the CRC-32 of %p is correct', (text, expected) => {
  expect(crc32(text)).toBe(expected);
});
