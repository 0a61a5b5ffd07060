// Answers for others: allowed at this moment, cut when no longer, and written into the owner's ledger.
import { writtenIn, type ChatChunk } from '../../src-shared/chat.ts';
import { isCancel, type Failure } from '../../src-shared/failure.ts';
import type { LedgerEntry } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { promptTokensOf } from '../jobs/pace.ts';
import type { Clock, Log, ServedChat } from '../jobs/ports.ts';

export type ServingOptions = {
  clock: Clock;
  log: Log;
  serve: ServedChat;
  /** Why that device may not have an answer now; null: it may. */
  refusal: (from: PeerId) => Failure | null;
  nameOf: (from: PeerId) => string;
  write: (entry: Omit<LedgerEntry, 'number'>) => void;
};

export type Serving = {
  readonly chat: ServedChat;
  /** The roster changed: ends the answers of those who may have none any more. */
  recheck(): void;
};

type Work = { began: boolean; text: number; model: string; tokens: number; promptTokens: number } & Pick<
  LedgerEntry,
  'outcome' | 'forTitle'
>;

export function serving(options: ServingOptions): Serving {
  const { clock, refusal } = options;
  const running = new Set<{ from: PeerId; end: AbortController }>();

  const note = (from: PeerId, at: number, started: number, work: Work): void => {
    // in line or refused, it used nothing
    if (!work.began) return;
    const { model, promptTokens, outcome, forTitle } = work;
    // an answer that was cut has no figures; an engine sends about one piece a token, and what it had to read is reckoned by its length
    const tokens = outcome === 'done' ? work.tokens : work.text;
    try {
      options.write({
        peerId: from,
        name: options.nameOf(from),
        model,
        at,
        ms: Math.max(0, Math.round(clock.now() - started)),
        promptTokens,
        tokens,
        outcome,
        ...(forTitle === undefined ? {} : { forTitle }),
      });
    } catch (error) {
      // a full disk does not keep anybody from an answer
      options.log.error('the ledger could not be written', { reason: String(error) });
    }
  };

  return {
    async *chat(request, signal, from) {
      const refused = refusal(from);
      if (refused !== null) throw refused;
      const one = { from, end: new AbortController() };
      running.add(one);
      const [at, started] = [clock.date(), clock.now()];
      const work: Work = {
        began: false,
        text: 0,
        model: request.model ?? '',
        tokens: 0,
        promptTokens: promptTokensOf(request),
        outcome: 'stopped',
        ...(request.forTitle === true ? { forTitle: true } : {}),
      };
      try {
        for await (const chunk of options.serve(request, AbortSignal.any([signal, one.end.signal]), from)) {
          take(work, chunk);
          yield chunk;
        }
      } catch (error) {
        if (one.end.signal.aborted) throw one.end.signal.reason;
        if (!signal.aborted && !isCancel(error)) work.outcome = 'failed';
        throw error;
      } finally {
        running.delete(one);
        note(from, at, started, work);
      }
    },
    recheck() {
      for (const { from, end } of running) {
        const refused = refusal(from);
        if (refused !== null) end.abort(refused);
      }
    },
  };
}

function take(work: Work, chunk: ChatChunk): void {
  if (chunk.kind === 'placed' || chunk.kind === 'queued') return;
  work.began = true;
  if (chunk.kind === 'loading') work.model = chunk.model;
  work.text += writtenIn(chunk);
  if (chunk.kind !== 'done') return;
  work.outcome = 'done';
  work.model = chunk.model;
  work.tokens = chunk.figures.tokens;
  work.promptTokens = chunk.figures.promptTokens ?? work.promptTokens;
}
