import { useEffect, useState } from 'react';
import type { FailureCode } from '../../../src-shared/failure.ts';
import type { PairingView } from '../../../src-shared/member.ts';
import { callFailure, useNode, useView } from '../../node/index.ts';

export type Hold =
  | { kind: 'opening' }
  | { kind: 'open'; pairing: PairingView }
  /** tries: three wrong codes. time: its two minutes are over. */
  | { kind: 'closed'; why: 'tries' | 'time' }
  | { kind: 'failed'; code: FailureCode };

/** Both clocks are this machine's; a tick of the node may come a little after the moment. */
const slackMs = 1500;

/** Machines without the key may knock for as long as the caller is on screen. `again` asks for a new code. */
export function useHold(): { hold: Hold; again: () => void } {
  const node = useNode();
  const pairing = useView((view) => view.membership.pairing);
  const [round, setRound] = useState(0);
  const [ended, setEnded] = useState<{ round: number; code: FailureCode | null; at: number } | null>(null);
  // When it ends, the view has none any more: its end tells which of the two ends it was.
  const [until, setUntil] = useState<number | null>(null);
  const expiresAt = pairing?.expiresAt ?? null;
  useEffect(() => {
    if (expiresAt !== null) setUntil(expiresAt);
  }, [expiresAt]);

  useEffect(() => {
    const attempt = new AbortController();
    const end = (code: FailureCode | null): void => {
      if (!attempt.signal.aborted) setEnded({ round, code, at: Date.now() });
    };
    const read = async (): Promise<void> => {
      try {
        const stream = await node().pairing.hold(undefined, { signal: attempt.signal });
        while ((await stream.next()).done !== true);
        end(null);
      } catch (error) {
        end(callFailure(error).code);
      }
    };
    void read();
    return () => attempt.abort();
  }, [node, round]);

  const again = (): void => setRound((old) => old + 1);
  const over = ended?.round === round ? ended : null;
  if (over === null) return { hold: pairing === null ? { kind: 'opening' } : { kind: 'open', pairing }, again };
  if (over.code === 'code-wrong') return { hold: { kind: 'closed', why: 'tries' }, again };
  if (over.code === 'code-expired') return { hold: { kind: 'closed', why: 'time' }, again };
  if (over.code !== null) return { hold: { kind: 'failed', code: over.code }, again };
  const early = until !== null && over.at < until - slackMs;
  return { hold: { kind: 'closed', why: early ? 'tries' : 'time' }, again };
}
