// Puts a gate into a sequence's evaluation: the prompt is read in pieces, and no token is made while the reader is behind.
import type { LlamaContextSequence, Token } from 'node-llama-cpp';

export type Gate = {
  /** Called with the share of the prompt that was read. */
  read: (progress: number) => void;
  /** Called for each token made, before its text is known. */
  made: (token: Token) => void;
  /** Waits until the next token may be made; rejects when nobody wants it any more. */
  pass: () => Promise<void>;
  /** Tokens that were made before, elsewhere: given out first, in place of new ones. */
  replay?: Replay;
};

export type Replay = {
  /** Taken from the front as they are given out. */
  ids: Token[];
  /** Tokens evaluated at a time. 1: as when they were made, so that the result has the same last bits. */
  pieceTokens: (done: number) => number;
  read: (progress: number) => void;
};

export type GatedSequence = { sequence: LlamaContextSequence; use: (gate: Gate | undefined) => void };

/**
 * Wraps `sequence.evaluate`, through which LlamaChat makes every token. `pieceTokens`: a prompt is evaluated in pieces of
 * this size, so that aborting does not wait for all of it. The size is fixed, since a batch's shape shows in the last bits
 * of the result, and the same question shall get the same answer.
 */
export function gateSequence(sequence: LlamaContextSequence, pieceTokens: number): GatedSequence {
  let gate: Gate | undefined;
  const evaluate = sequence.evaluate.bind(sequence);
  sequence.evaluate = async function* gated(tokens, options): AsyncGenerator<Token, void, void | Token | Token[]> {
    const mine = gate;
    let read = 0;
    while (tokens.length - read > pieceTokens) {
      await mine?.pass();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(read, read + pieceTokens));
      read += pieceTokens;
      mine?.read(read / tokens.length);
    }
    await mine?.pass();
    let next = tokens.slice(read);
    const replay = mine?.replay;
    if (mine !== undefined && replay !== undefined && replay.ids.length > 0) {
      const ids = replay.ids.splice(0);
      await sequence.evaluateWithoutGeneratingNewTokens(next);
      for (let done = 0; done < ids.length - 1;) {
        await mine.pass();
        const piece = ids.slice(done, Math.min(done + replay.pieceTokens(done), ids.length - 1));
        await sequence.evaluateWithoutGeneratingNewTokens(piece);
        done += piece.length;
        replay.read(done / ids.length);
      }
      for (const id of ids) yield id;
      next = ids.slice(-1);
      await mine.pass();
    }
    const inner = evaluate(next, options);
    try {
      let reply: void | Token | Token[] = undefined;
      for (;;) {
        const step = await inner.next(reply);
        if (step.done === true) return;
        mine?.made(step.value);
        reply = yield step.value;
        await mine?.pass();
      }
    } finally {
      await inner.return();
    }
  };
  return { sequence, use: (next) => void (gate = next) };
}
