// What pdf.js needs to read the older fonts of Chinese, Japanese and Korean PDFs: tables that it would fetch, which the page's policy refuses.
// Each is a part of the bundle that is loaded when a PDF wants it.
import { bytesOfBase64 } from '../../../../src-shared/image.ts';

const tables = import.meta.glob<string>('../../../../node_modules/pdfjs-dist/cmaps/*.bcmap', { query: '?url&inline', import: 'default' });
const byName = new Map(Object.entries(tables).map(([path, load]) => [path.slice(path.lastIndexOf('/') + 1), load]));

/** Given to pdf.js in place of the one that fetches. */
export class BundledTables {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const load = kind === 'cMapUrl' ? byName.get(filename) : undefined;
    const address = await load?.();
    const bytes = address === undefined ? null : bytesOfBase64(address.slice(address.indexOf(',') + 1));
    if (bytes === null) throw new Error(`there is no table ${filename}`);
    return bytes;
  }
}
