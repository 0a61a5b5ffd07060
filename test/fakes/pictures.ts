// Pictures for tests, made of as few bytes as their format allows.

/** A PNG of one red pixel, in base64. */
export const redPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

/** What begins as a JPEG of that size, in base64: enough to be told by, too little to be drawn. */
export function jpegOf(width: number, height: number): string {
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff];
  const note = [0xff, 0xe0, 0x00, 0x04, 0x4a, 0x46];
  const bytes = [0xff, 0xd8, ...note, 0xff, 0xc0, 0x00, 0x0b, 0x08, ...size, 0x01, 0x01, 0x11, 0x00, 0xff, 0xd9];
  return btoa(String.fromCodePoint(...bytes));
}
