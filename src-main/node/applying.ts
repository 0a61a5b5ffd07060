// This device's own wish to be let in: whom it asked, which words to compare, and how it went. What it believes: only a machine whose words
// it shows, about the swarm that those words stand for; and where machines of two swarms have its key, only the one that its person names.
import type { FailureShape } from '../../src-shared/failure.ts';
import { Failure } from '../../src-shared/failure.ts';
import { twoSwarms, type AskedAdmin } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Log } from '../jobs/ports.ts';
import type { JoinNews, News } from '../membership/ports.ts';
import type { KeptInvites } from '../store/trust-files.ts';

const maxAsked = 32;
/** So many admins that were named by another device are dialled, at so many addresses each. */
const named = { admins: 8, addresses: 4 } as const;

/** An admin that let this device in; words: those that both screens showed. */
export type Welcomer = { readonly peerId: PeerId; readonly name: string; readonly words: string; readonly swarm: string };

export type ApplyingOptions = {
  log: Log;
  name: () => string;
  /** It has a key and is no member. */
  pending: () => boolean;
  /** Of the roster that this device has without being in it; null: none. */
  swarm: () => string | null;
  /** The invite that it came with. */
  held: () => KeptInvites['held'];
  forgetInvite: () => void;
  /** Tries to reach an admin; never throws. */
  reach: (peerId: PeerId, address: string) => void;
  /** Takes roster and key over. False: they do not make this device a member of that swarm. */
  adopt: (from: Welcomer, news: News) => boolean;
  changed: () => void;
  trustChanged: () => void;
};

export type Applying = {
  application(to: PeerId): { name: string; token?: string } | null;
  heard(from: PeerId, news: JoinNews): void;
  asked(): AskedAdmin[];
  /** The person says which swarm, by one of its admins. @throws Failure not-found when that one was not asked */
  choose(peerId: PeerId): void;
  /** It threw this device out though it is there: when it made the invite that this device holds, the invite is too old. */
  shutOut(by: PeerId): void;
  /** That device takes anyone with the key, and this one has no roster that says otherwise. */
  isOpen(peerId: PeerId): boolean;
  /** Somebody heard of this device's wish. */
  met(): boolean;
  trouble(): FailureShape | null;
  /** Another key, another try. */
  clear(): void;
};

export function applying(options: ApplyingOptions): Applying {
  const { pending, held, changed } = options;
  const asked = new Map<PeerId, AskedAdmin>();
  const welcomes = new Map<PeerId, News>();
  const open = new Set<PeerId>();
  let chosen: string | null = null;
  let trouble: FailureShape | null = null;
  let met = false;

  const note = (one: AskedAdmin): void => {
    asked.delete(one.peerId);
    asked.set(one.peerId, one);
    for (const old of [...asked.keys()].slice(0, -maxAsked)) {
      asked.delete(old);
      welcomes.delete(old);
    }
  };
  const clear = (): void => {
    asked.clear();
    welcomes.clear();
    open.clear();
    chosen = null;
    trouble = null;
    met = false;
  };

  const elsewhere = (from: PeerId, news: Extract<JoinNews, { kind: 'elsewhere' }>): void => {
    if (open.has(from) !== news.open) {
      if (news.open) open.add(from);
      else open.delete(from);
      options.trustChanged();
    }
    for (const { peerId, addresses } of news.admins.slice(0, named.admins))
      for (const address of addresses.slice(0, named.addresses)) options.reach(peerId, address);
  };
  const refused = (from: PeerId, { name, why }: Extract<JoinNews, { kind: 'refused' }>): void => {
    note({ peerId: from, name, words: '', swarm: asked.get(from)?.swarm ?? '', state: 'refused' });
    // only whoever made the invite can say that it is no longer good
    if (why === 'no' || held()?.issuer !== from) return;
    options.forgetInvite();
    trouble = new Failure(why, `${name} does not take this invite.`).toShape();
  };

  /** The key alone says nothing about a swarm when more than one has it. An invite names its swarm. */
  const mayAdopt = (swarm: string): boolean => {
    if (held() !== null || chosen === swarm) return true;
    return chosen === null && !twoSwarms({ asked: [...asked.values()], swarm: options.swarm() });
  };
  const adopt = ({ peerId, name, words, swarm }: AskedAdmin, news: News): void => {
    if (options.adopt({ peerId, name, words: held() === null ? words : '', swarm }, news)) clear();
    else options.log.warn('a welcome did not make this device a member', { peerId });
  };
  const welcomed = (from: PeerId, news: News): void => {
    const one = asked.get(from);
    const invite = held();
    // words that were never on this screen let nobody in
    if (one === undefined || one.state === 'refused' || one.words === '' || (invite !== null && invite.issuer !== from)) {
      options.log.warn('a welcome by a machine that was not asked', { peerId: from });
      return;
    }
    if (mayAdopt(one.swarm)) return adopt(one, news);
    note({ ...one, state: 'offered' });
    welcomes.set(from, news);
    options.log.warn('machines of more than one swarm have this key: the person has to choose', { peerId: from });
  };

  return {
    application(to) {
      const state = asked.get(to)?.state;
      if (!pending() || state === 'refused' || state === 'offered') return null;
      const invite = held();
      if (invite === null) return { name: options.name() };
      return invite.issuer === to ? { name: options.name(), token: invite.token } : null;
    },
    heard(from, news) {
      if (!pending()) return;
      met = true;
      switch (news.kind) {
        case 'elsewhere':
          elsewhere(from, news);
          break;
        case 'words':
          trouble = null;
          note({ peerId: from, name: news.name, words: news.words, swarm: news.swarm, state: 'waiting' });
          break;
        case 'refused':
          refused(from, news);
          break;
        case 'welcome':
          welcomed(from, news.news);
          break;
      }
      changed();
    },
    asked: () => (pending() ? [...asked.values()] : []),
    choose(peerId) {
      const one = asked.get(peerId);
      if (!pending() || one === undefined || one.swarm === '') throw new Failure('not-found', 'This machine did not ask that one.');
      chosen = one.swarm;
      const welcome = [...asked.values()].find(({ swarm, state }) => swarm === chosen && state === 'offered');
      const news = welcome === undefined ? undefined : welcomes.get(welcome.peerId);
      if (welcome !== undefined && news !== undefined) adopt(welcome, news);
      changed();
    },
    shutOut(by) {
      const invite = held();
      if (!pending() || invite?.issuer !== by) return;
      trouble = new Failure('invite-expired', 'The swarm has another key than when this invite was made.').toShape();
      changed();
    },
    isOpen: (peerId) => open.has(peerId),
    met: () => met,
    trouble: () => trouble,
    clear,
  };
}
