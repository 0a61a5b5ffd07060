import { maxKeyFileBytes } from '../../../src-shared/control.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';

/** What was dropped or chosen: the head of a file with its whole size, or why it cannot be a key. */
export type KeyFile =
  | { kind: 'file'; content: string; size: number }
  | { kind: 'failure'; code: FailureCode }
  | { kind: 'several' }
  | { kind: 'nothing' };

/** The part of DataTransferItem that is read here; it is valid only during the drop event itself. */
type DroppedItem = { kind: string; getAsFile: () => File | null; webkitGetAsEntry?: () => { isDirectory: boolean } | null };

/** Call it in the drop event: the items are empty afterwards. */
export function readDrop(items: Iterable<DroppedItem>): Promise<KeyFile> {
  const files = [...items].filter((item) => item.kind === 'file');
  const [only] = files;
  if (only === undefined) return Promise.resolve({ kind: 'nothing' });
  if (files.length > 1) return Promise.resolve({ kind: 'several' });
  if (only.webkitGetAsEntry?.()?.isDirectory === true) return Promise.resolve({ kind: 'failure', code: 'key-folder' });
  return readKeyFile(only.getAsFile());
}

/** Reads at most maxKeyFileBytes: a large file is refused by its size and never read whole. */
export async function readKeyFile(file: File | null): Promise<KeyFile> {
  if (file === null) return { kind: 'nothing' };
  try {
    const head = new Uint8Array(await file.slice(0, maxKeyFileBytes).arrayBuffer());
    return { kind: 'file', content: base64(head), size: file.size };
  } catch {
    // A folder that came as a file, or one that cannot be opened: both look like this.
    return { kind: 'failure', code: 'key-folder' };
  }
}

/** Bytes as text that crosses a door. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
