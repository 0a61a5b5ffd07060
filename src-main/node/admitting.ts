// Devices that knock here, until a person (or an invite, or another admin) has said yes or no.
import { Failure } from '../../src-shared/failure.ts';
import type { Applicant } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import type { JoinAnswer, JoinRequest } from '../membership/ports.ts';
import { nameOf } from './inviting.ts';

/** So many are shown; more would bury the one that a person waits for. */
const maxApplicants = 16;
/** A device that was told no is not shown again for so long, ms. */
const refusedMs = 10 * 60_000;

export type Admitting = {
  /** Waits for the decision; rejects with the signal's reason when the device goes away. */
  wait(request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer>;
  list(): Applicant[];
  /** @throws Failure not-found when nobody knocks with these words */
  find(peerId: PeerId, words: string): Applicant;
  /** @throws Failure not-found */
  refuse(peerId: PeerId): void;
  /** The roster changed: whoever is a member now is answered. */
  settle(): void;
  /** Another swarm, or none: nobody waits any more. */
  clear(): void;
};

type Waiting = Applicant & { answer(answer: JoinAnswer): void };

/** @param welcome the answer for a device that is a member now; null: it is none */
export function admitting(clock: Clock, welcome: (peerId: PeerId) => JoinAnswer | null, changed: () => void): Admitting {
  const waiting = new Map<PeerId, Waiting>();
  const refused = new Map<PeerId, number>();
  const no: JoinAnswer = { kind: 'refused', why: 'no' };

  const end = (peerId: PeerId, answer: JoinAnswer): void => {
    const one = waiting.get(peerId);
    if (one === undefined) return;
    waiting.delete(peerId);
    one.answer(answer);
    changed();
  };
  const isRefused = ({ peerId, by }: JoinRequest): boolean => {
    // whoever opened "Add a device" and read out its code wants to be asked again
    if (by === 'code') return false;
    const until = refused.get(peerId);
    if (until !== undefined && until <= clock.now()) refused.delete(peerId);
    return until !== undefined && until > clock.now();
  };

  return {
    async wait(request, signal) {
      signal.throwIfAborted();
      const { peerId, words } = request;
      if (isRefused(request)) return no;
      // it asks anew: what it asked before is answered by this
      end(peerId, no);
      const [oldest] = waiting.keys();
      if (waiting.size >= maxApplicants && oldest !== undefined) end(oldest, no);
      return await new Promise((resolve, reject) => {
        const gone = (): void => {
          if (waiting.get(peerId) === one) waiting.delete(peerId);
          changed();
          reject(signal.reason);
        };
        const name = nameOf(request.name, peerId);
        const one: Waiting = {
          peerId,
          name,
          words,
          since: clock.date(),
          by: request.by === 'code' ? 'code' : 'key',
          answer(answer) {
            signal.removeEventListener('abort', gone);
            resolve(answer);
          },
        };
        waiting.set(peerId, one);
        signal.addEventListener('abort', gone, { once: true });
        changed();
      });
    },
    list: () => [...waiting.values()].map(({ peerId, name, words, since, by }) => ({ peerId, name, words, since, by })),
    find(peerId, words) {
      const one = waiting.get(peerId);
      if (one === undefined) throw new Failure('not-found', 'That device does not want in any more.');
      if (one.words !== words) throw new Failure('not-found', 'That device shows other words by now: compare them again.');
      return one;
    },
    refuse(peerId) {
      if (!waiting.has(peerId)) throw new Failure('not-found', 'That device does not want in any more.');
      refused.set(peerId, clock.now() + refusedMs);
      for (const old of [...refused.keys()].slice(0, -256)) refused.delete(old);
      end(peerId, no);
    },
    settle() {
      for (const peerId of waiting.keys()) {
        const answer = welcome(peerId);
        if (answer !== null) end(peerId, answer);
      }
    },
    clear() {
      for (const peerId of waiting.keys()) end(peerId, no);
      refused.clear();
    },
  };
}
