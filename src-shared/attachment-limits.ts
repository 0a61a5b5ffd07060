// Apart from the schemas, since the worker that reads files needs no more.

/** Limits of what can be attached; the words for people are made from them. */
export const attachmentLimits = {
  /** Of one message, of any kind. */
  count: 10,
  /** Characters of a file's name; a longer one is cut in the middle. */
  name: 120,
  /** UTF-8 bytes of the text of one file: about a quarter of a million tokens, more than most models read at once. */
  textBytes: 1024 * 1024,
  /** Of a text file, and of a PDF or a picture as it lies on disk. */
  fileBytes: { text: 1024 * 1024, pdf: 20 * 1024 * 1024, image: 20 * 1024 * 1024 },
  pages: 300,
  /** Of one part of a PDF (what is drawn on a page, a font) once it is unpacked; a font of all Chinese characters has 30 MiB. */
  unpackedBytes: 64 * 1024 * 1024,
  /** Of a picture before it is made smaller: decoded it takes four bytes each. */
  pixels: 64 * 1024 * 1024,
} as const;
