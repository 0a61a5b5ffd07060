import { beginningBytes, headBytes, kindOf, pixelsIn, refusedBySize, textIn, tooLarge } from './file-kind.ts';
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import type { FileRefusal } from './file-kind.ts';

/** A file's content as it is attached (src-shared/attachment.ts), or why it is not. */
export type ReadContent =
  | { kind: 'image' | 'text'; data: string }
  | { kind: 'pdf'; data: string; pages: number }
  | { refused: FileRefusal };

/** What the worker says. Its parts say other things too: pdf.js announces itself to whoever made the worker. */
export type FromWorker = { content: ReadContent };

/** Of any file, whatever its name says. */
export async function readContent(file: Blob): Promise<ReadContent> {
  const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  const kind = kindOf(head);
  const refused = refusedBySize(kind, file.size);
  if (refused === 'text-too-large') return { refused: tooLarge(new Uint8Array(await file.slice(0, beginningBytes).arrayBuffer())) };
  if (refused !== null) return { refused };
  if (kind === 'text') {
    const read = textIn(new Uint8Array(await file.arrayBuffer()));
    return 'refused' in read ? read : { kind: 'text', data: read.text };
  }
  if (kind === 'pdf') {
    // the largest part of the window: fetched with the first PDF
    const { readPdf } = await import('./read-pdf.ts');
    const read = await readPdf(new Uint8Array(await file.arrayBuffer()));
    return 'refused' in read ? read : { kind: 'pdf', ...read };
  }
  const pixels = pixelsIn(kind, new Uint8Array(await file.arrayBuffer()));
  if (pixels === null) return { refused: 'image-broken' };
  if (pixels > attachmentLimits.pixels) return { refused: 'image-pixels' };
  const { readImage } = await import('./read-image.ts');
  const read = await readImage(file);
  return 'refused' in read ? read : { kind: 'image', data: read.data };
}
