// A file of conversations comes in pieces, since no message over a door is as large as some of them.
import { importPiece, type ImportResult } from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';

type Piece = { text: string; upload?: string | undefined; more: boolean };

/** Gathers the pieces of one upload at a time and hands over the whole text. @throws Failure import-too-large, bad-request */
export function uploads(store: (text: string) => ImportResult): (piece: Piece) => ImportResult | null {
  let current: { upload: string; pieces: string[]; length: number } | null = null;
  return ({ text, upload, more }) => {
    if (upload === undefined) {
      if (more) throw new Failure('bad-request', 'The pieces of a file need the id of their upload.');
      return store(text);
    }
    const known = current?.upload === upload ? current : { upload, pieces: [], length: 0 };
    current = null;
    if (known.length + text.length > importPiece.inAll)
      throw new Failure('import-too-large', 'The file is larger than what can be imported.');
    known.pieces.push(text);
    known.length += text.length;
    if (!more) return store(known.pieces.join(''));
    current = known;
    return null;
  };
}
