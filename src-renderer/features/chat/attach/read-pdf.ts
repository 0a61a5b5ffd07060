// The text of a PDF, by Mozilla's pdf.js: nothing of it is drawn, run or fetched.
import { getDocument, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { WorkerMessageHandler } from 'pdfjs-dist/legacy/build/pdf.worker.mjs';
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import { BundledTables } from './character-maps.ts';
import type { FileRefusal } from './file-kind.ts';

/** Whether a part of the PDF was larger than it may be. */
let swollen = false;

// A part of a PDF may unpack to a thousand times its size. pdf.js unpacks into one array that doubles, and that ends here; the browser's own
// unpacking, which it would take first, fills the memory without end.
const bounded = new Proxy(Uint8Array, {
  construct: (made, given: unknown[], target) => {
    if (typeof given[0] === 'number' && given[0] > attachmentLimits.unpackedBytes) {
      swollen = true;
      throw new RangeError('a part of the PDF is too large');
    }
    return Reflect.construct(made, given, target) as Uint8Array;
  },
});

Object.assign(globalThis, {
  // This is a worker already: pdf.js is to run in it, and not to look for one of its own.
  pdfjsWorker: { WorkerMessageHandler },
  DecompressionStream: undefined,
  Uint8Array: bounded,
});

/** A document with less of it than this on each page has no text worth the name: its pages are pictures. */
const lettersOnPage = 8;

/** Pages are parted by an empty line. */
export async function readPdf(data: Uint8Array): Promise<{ data: string; pages: number } | { refused: FileRefusal }> {
  const loading = getDocument({
    data,
    verbosity: VerbosityLevel.ERRORS,
    // fonts and pictures are not drawn; nothing is compiled or fetched for them
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    BinaryDataFactory: BundledTables,
    useWasm: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    enableXfa: false,
  });
  try {
    const read = await textOf(await loading.promise);
    // pdf.js goes on without what it cannot read, and half a text would pass for the whole
    return swollen ? { refused: 'pdf-unpacked' } : read;
  } catch (error) {
    if (swollen) return { refused: 'pdf-unpacked' };
    return { refused: error instanceof Error && error.name === 'PasswordException' ? 'pdf-locked' : 'pdf-broken' };
  } finally {
    await loading.destroy().catch(() => undefined);
  }
}

async function textOf(document: PDFDocumentProxy): Promise<{ data: string; pages: number } | { refused: FileRefusal }> {
  const { numPages } = document;
  if (numPages < 1) return { refused: 'pdf-broken' };
  if (numPages > attachmentLimits.pages) return { refused: 'pdf-pages' };
  const pages: string[] = [];
  let room: number = attachmentLimits.textBytes;
  for (let number = 1; number <= numPages; number += 1) {
    const page = await document.getPage(number);
    const text = await pageText(page, room);
    if (text === null) return { refused: 'text-too-large' };
    page.cleanup();
    pages.push(text.trim());
    room -= text.length;
  }
  const letters = pages.join('').replaceAll(/\s/g, '').length;
  if (letters < lettersOnPage * numPages) return { refused: 'pdf-scanned' };
  // what stands in no text of ours would be refused by the node
  const whole = pages.join('\n\n').replaceAll('\u0000', '');
  if (new TextEncoder().encode(whole).length > attachmentLimits.textBytes) return { refused: 'text-too-large' };
  return { data: whole, pages: numPages };
}

/** null: it is longer than that, and was not read on */
async function pageText(page: PDFPageProxy, most: number): Promise<string | null> {
  const reader = page.streamTextContent().getReader() as ReadableStreamDefaultReader<Awaited<ReturnType<PDFPageProxy['getTextContent']>>>;
  const parts: string[] = [];
  for (let length = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return parts.join('');
    for (const item of value.items) {
      const part = 'str' in item ? item.str + (item.hasEOL ? '\n' : '') : '';
      parts.push(part);
      length += part.length;
    }
    if (length > most) {
      // nothing of pdf.js ends while it waits for its text to be taken
      await reader.cancel(new Error('enough'));
      return null;
    }
  }
}
