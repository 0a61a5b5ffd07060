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

/** Machines without the key may knock for as long as the caller is on screen. `again` asks for a new code. */
export function useHold(): { hold: Hold; again: () => void } {
  const node = useNode();
  const pairing = useView((view) => view.membership.pairing);
  const [round, setRound] = useState(0);
  const [ended, setEnded] = useState<{ round: number; code: FailureCode } | null>(null);

  useEffect(() => {
    const attempt = new AbortController();
    const end = (code: FailureCode): void => {
      if (!attempt.signal.aborted) setEnded({ round, code });
    };
    const read = async (): Promise<void> => {
      try {
        const stream = await node().pairing.hold(undefined, { signal: attempt.signal });
        while ((await stream.next()).done !== true);
        end('code-expired');
      } catch (error) {
        end(callFailure(error).code);
      }
    };
    void read();
    return () => attempt.abort();
  }, [node, round]);

  const again = (): void => setRound((old) => old + 1);
  if (ended === null || ended.round !== round) return { hold: pairing === null ? { kind: 'opening' } : { kind: 'open', pairing }, again };
  if (ended.code === 'code-wrong') return { hold: { kind: 'closed', why: 'tries' }, again };
  if (ended.code === 'code-expired') return { hold: { kind: 'closed', why: 'time' }, again };
  return { hold: { kind: 'failed', code: ended.code }, again };
}
