import { useTranslation } from 'react-i18next';
import { leadsNow, type Pause } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { useMadeOfView } from '../../node/index.ts';
import { format, useNow } from '../../ui/index.ts';

/** A machine that would answer, and why it does not now. lastSeen: wall clock ms; null: unknown */
type Absent = { peerId: string; name: string } & (
  | { kind: 'paused'; pause: Pause }
  | { kind: 'engine-down' }
  | { kind: 'stopped' }
  | { kind: 'away'; lastSeen: number | null }
);

/** More would push the offer of this computer out of sight. */
const mostTold = 3;

/** The machines to wait for while nobody answers, in words: those that are here first, then whoever was seen last. */
export function useAbsent(): { peerId: string; words: string }[] {
  const { t, i18n } = useTranslation('window');
  const list = useMadeOfView(absent);
  const now = useNow(10_000);
  const stateOf = (one: Absent): string => {
    if (one.kind === 'engine-down') return t('machines.engineDown');
    if (one.kind === 'stopped') return t('machines.stopped');
    if (one.kind === 'away')
      return one.lastSeen === null
        ? t('machines.state.away')
        : t('machines.awaySince', { when: format.ago(one.lastSeen, now, i18n.language) });
    const { why, until } = one.pause;
    return until === undefined
      ? t(`machines.paused.${why}`)
      : t('role.pausedUntil.owner', { time: format.clock(until, now, i18n.language) });
  };
  return list.map((one) => ({ peerId: one.peerId, words: t('chat.absent', { name: format.isolated(one.name), state: stateOf(one) }) }));
}

function absent({ peers, membership }: SwarmView): Absent[] {
  const known = peers.flatMap((peer): Absent[] => {
    const { peerId, state, offer, lastSeen, stopped } = peer;
    const name = membership.members.find((member) => member.peerId === peerId)?.name ?? offer?.name ?? peer.name;
    if (state === 'away') return offer?.role === 'leader' || offer?.leads != null ? [{ peerId, name, kind: 'away', lastSeen }] : [];
    if (state !== 'connected' || offer === null) return [];
    if (offer.engineDown === true) return [{ peerId, name, kind: 'engine-down' }];
    if (stopped === true) return [{ peerId, name, kind: 'stopped' }];
    return leadsNow(offer) && offer.leads.paused != null ? [{ peerId, name, kind: 'paused', pause: offer.leads.paused }] : [];
  });
  return known.toSorted((a, b) => seen(b) - seen(a)).slice(0, mostTold);
}

/** One that is here was seen last of all. */
function seen(one: Absent): number {
  return one.kind === 'away' ? (one.lastSeen ?? 0) : Number.MAX_SAFE_INTEGER;
}
