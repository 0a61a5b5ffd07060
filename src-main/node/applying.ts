// This device's own wish to be let in: whom it asked, which words to compare, and how it went.
import type { FailureShape } from '../../src-shared/failure.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { AskedAdmin } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Log } from '../jobs/ports.ts';
import type { JoinNews, News } from '../membership/ports.ts';
import type { KeptInvites } from '../store/trust-files.ts';

const maxAsked = 32;
/** So many admins that were named by another device are dialled, at so many addresses each. */
const named = { admins: 8, addresses: 4 } as const;

export type ApplyingOptions = {
  log: Log;
  name: () => string;
  /** It has a key and is no member. */
  pending: () => boolean;
  /** The invite that it came with. */
  held: () => KeptInvites['held'];
  forgetInvite: () => void;
  /** Tries to reach an admin; never throws. */
  reach: (peerId: PeerId, address: string) => void;
  /** Takes roster and key over. False: they do not make this device a member. */
  adopt: (from: PeerId, news: News) => boolean;
  changed: () => void;
  trustChanged: () => void;
};

export type Applying = {
  application(to: PeerId): { name: string; token?: string } | null;
  heard(from: PeerId, news: JoinNews): void;
  asked(): AskedAdmin[];
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
  const open = new Set<PeerId>();
  let trouble: FailureShape | null = null;
  let met = false;

  const note = (one: AskedAdmin): void => {
    asked.delete(one.peerId);
    asked.set(one.peerId, one);
    for (const old of [...asked.keys()].slice(0, -maxAsked)) asked.delete(old);
  };
  const clear = (): void => {
    asked.clear();
    open.clear();
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
    note({ peerId: from, name, words: '', state: 'refused' });
    // only whoever made the invite can say that it is no longer good
    if (why === 'no' || held()?.issuer !== from) return;
    options.forgetInvite();
    trouble = new Failure(why, `${name} does not take this invite.`).toShape();
  };

  return {
    application(to) {
      if (!pending() || asked.get(to)?.state === 'refused') return null;
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
          note({ peerId: from, name: news.name, words: news.words, state: 'waiting' });
          break;
        case 'refused':
          refused(from, news);
          break;
        case 'welcome':
          if (options.adopt(from, news.news)) clear();
          else options.log.warn('a welcome did not make this device a member', { peerId: from });
          break;
      }
      changed();
    },
    asked: () => (pending() ? [...asked.values()] : []),
    isOpen: (peerId) => open.has(peerId),
    met: () => met,
    trouble: () => trouble,
    clear,
  };
}
