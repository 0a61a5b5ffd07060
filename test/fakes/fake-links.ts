// Links of the swarm in memory, and what passes on them before anything else may: joining, comparing rosters, rekeying. As network/circle.ts.
import { Failure } from '../../src-shared/failure.ts';
import { offer as offerSchema, type PeerId } from '../../src-shared/peer.ts';
import type { News } from '../../src-main/membership/ports.ts';
import type { Member } from './fake-member.ts';

type Link = {
  a: Member;
  b: Member;
  gone: AbortController;
  /** Both take the other for a member, and have compared. */
  ready: boolean;
  looking: boolean;
  again: boolean;
  joining: Set<PeerId>;
};

export type FakeLinks = {
  /** False: one of them throws the other out. */
  connect(a: Member, b: Member): boolean;
  disconnect(a: Member, b: Member, why: 'closed' | 'lost'): void;
  leave(member: Member, why: 'closed' | 'lost'): void;
  announce(from: Member): void;
  /** Aborted when the link goes; null: no link over which members speak. */
  ready(a: PeerId, b: PeerId): AbortSignal | null;
  /** That member's roster, keys or settings changed. */
  lookAt(member: Member): void;
};

/** The keys it has; null: it has just lost them, and its network is about to end. */
function keysOf(member: Member): ReturnType<Member['trust']['keyring']> | null {
  try {
    return member.trust.keyring();
  } catch (error) {
    if (error instanceof Failure && error.code === 'no-key') return null;
    throw error;
  }
}

/** What the two could speak over: the newest key of both, one that is old to one of them, or none. */
export function sharedKey(a: Member, b: Member): 'current' | 'retired' | 'none' {
  const [one, other] = [keysOf(a), keysOf(b)];
  if (one === null || other === null) return 'none';
  if (one.current.key === other.current.key) return 'current';
  const knows = (ring: typeof one, key: string): boolean => ring.retired.some((old) => old.key === key);
  return knows(one, other.current.key) || knows(other, one.current.key) ? 'retired' : 'none';
}

export function fakeLinks(world: {
  latencyMs: number;
  travel: () => Promise<void>;
  isCut: (a: PeerId, b: PeerId) => boolean;
  member: (peerId: PeerId) => Member | undefined;
}): FakeLinks {
  const links = new Map<string, Link>();
  const keyOf = (a: PeerId, b: PeerId): string => [a, b].toSorted().join();
  const isHere = (member: Member): boolean => world.member(member.peerId) === member;

  const disconnect = (a: Member, b: Member, why: 'closed' | 'lost'): void => {
    const link = links.get(keyOf(a.peerId, b.peerId));
    if (link === undefined) return;
    links.delete(keyOf(a.peerId, b.peerId));
    link.gone.abort(new Failure('leader-lost', 'The link to the leader was lost.'));
    fall(link, why);
  };
  /** From members to less than that. */
  const fall = (link: Link, why: 'closed' | 'lost'): void => {
    if (!link.ready) return;
    link.ready = false;
    link.a.onEvent({ kind: 'disconnected', peerId: link.b.peerId, why });
    link.b.onEvent({ kind: 'disconnected', peerId: link.a.peerId, why });
  };
  const rise = (link: Link): void => {
    if (link.ready) return;
    link.ready = true;
    for (const [one, other] of sides(link)) {
      one.onEvent({ kind: 'connected', peerId: other.peerId, address: other.address });
      one.onEvent({ kind: 'latency', peerId: other.peerId, ms: world.latencyMs * 2 });
      one.remember?.(other.peerId, [other.address]);
      tell(other, one, link);
    }
  };
  const tell = (from: Member, to: Member, link: Link): void => {
    const news = from.offer;
    if (news === undefined) return;
    void world.travel().then(() => {
      if (link.ready) to.onEvent({ kind: 'offer', peerId: from.peerId, offer: offerSchema.parse(overWire(news)) });
    });
  };
  const bring = async (from: Member, to: Member, news: News): Promise<void> => {
    if (news.statements.length + news.keys.length === 0) return;
    await world.travel();
    if (isHere(to)) await to.trust.take(from.peerId, overWire(news) as News);
  };
  const compare = async ({ a, b }: Link): Promise<void> => {
    if (JSON.stringify(a.trust.digest()) !== JSON.stringify(b.trust.digest())) {
      await bring(a, b, a.trust.newsFor(b.peerId));
      await bring(b, a, b.trust.newsFor(a.peerId));
    }
    a.trust.compared(b.peerId);
    b.trust.compared(a.peerId);
  };

  const throwOut = async (link: Link, by: Member, out: Member): Promise<void> => {
    await bring(by, out, { statements: by.trust.newsFor(out.peerId).statements, keys: [] });
    disconnect(link.a, link.b, 'closed');
    out.onEvent({ kind: 'shut-out', peerId: by.peerId });
  };
  const look = async (link: Link): Promise<void> => {
    if (link.looking) {
      link.again = true;
      return;
    }
    link.looking = true;
    try {
      do {
        link.again = false;
        await lookOnce(link);
      } while (link.again && !link.gone.signal.aborted);
    } finally {
      link.looking = false;
    }
  };
  const lookOnce = async (link: Link): Promise<void> => {
    const { a, b } = link;
    if (link.gone.signal.aborted || !isHere(a) || !isHere(b)) return;
    for (const [by, out] of sides(link)) if (by.trust.standing(out.peerId) === 'revoked') return throwOut(link, by, out);
    const standings = sides(link).map(([one, other]) => one.trust.standing(other.peerId));
    if (standings.every((standing) => standing === 'member')) {
      // only changes after the first time: both have looked at these digests already
      await compare(link);
      const still = sides(link).every(([one, other]) => one.trust.standing(other.peerId) === 'member');
      if (still && !link.gone.signal.aborted) rise(link);
      return;
    }
    fall(link, 'closed');
    for (const [one, other] of sides(link)) {
      const stranger = one.trust.standing(other.peerId) === 'member' && other.trust.standing(one.peerId) === 'pending';
      const heads = JSON.stringify(other.trust.digest());
      if (stranger) await bring(one, other, { statements: one.trust.newsFor(other.peerId).statements, keys: [] });
      if (heads !== JSON.stringify(other.trust.digest())) link.again = true;
      void join(link, one, other);
    }
  };

  const join = async (link: Link, joiner: Member, host: Member): Promise<void> => {
    const application = joiner.trust.application(host.peerId);
    if (application === null || link.joining.has(joiner.peerId)) return;
    link.joining.add(joiner.peerId);
    const { name, admin, open, admins } = host.trust.host();
    try {
      await world.travel();
      if (open || !admin) {
        const near = admins.map((one) => ({ ...one, addresses: [world.member(one.peerId)?.address ?? ''].filter((text) => text !== '') }));
        joiner.trust.heard(host.peerId, { kind: 'elsewhere', name, admins: near, open });
        return;
      }
      const words = wordsFor(joiner.peerId, host.peerId);
      joiner.trust.heard(host.peerId, { kind: 'words', name, words, swarm: host.trust.digest().swarm ?? '' });
      const { token } = application;
      const answer = await host.trust.admit(
        {
          peerId: joiner.peerId,
          name: application.name,
          ...(token === undefined ? { by: 'key', words } : { by: 'invite', words: '', token }),
        },
        link.gone.signal,
      );
      await world.travel();
      if (!link.gone.signal.aborted) joiner.trust.heard(host.peerId, overWire({ ...answer, name }) as typeof answer & { name: string });
    } catch (error) {
      if (!link.gone.signal.aborted) throw error;
    } finally {
      link.joining.delete(joiner.peerId);
      if (!link.gone.signal.aborted) void look(link);
    }
  };

  return {
    connect(a, b) {
      if (links.has(keyOf(a.peerId, b.peerId))) return true;
      if (world.isCut(a.peerId, b.peerId)) return false;
      const key = sharedKey(a, b);
      if (key === 'none') return false;
      for (const [by, out] of [
        [a, b],
        [b, a],
      ] as const) {
        const standing = by.trust.standing(out.peerId);
        if (standing === 'member' || (standing === 'pending' && key === 'current')) continue;
        out.onEvent({ kind: 'shut-out', peerId: by.peerId });
        return false;
      }
      const link: Link = { a, b, gone: new AbortController(), ready: false, looking: false, again: false, joining: new Set() };
      if (key === 'current') {
        links.set(keyOf(a.peerId, b.peerId), link);
        void look(link);
      } else
        void compare(link).then(() => {
          if (isHere(a) && isHere(b) && sharedKey(a, b) === 'current') this.connect(a, b);
        });
      return true;
    },
    disconnect,
    leave(member, why) {
      for (const { a, b } of [...links.values()]) if (a === member || b === member) disconnect(a, b, why);
    },
    announce(from) {
      for (const link of links.values()) if (link.ready) for (const [one, other] of sides(link)) if (one === from) tell(one, other, link);
    },
    ready(a, b) {
      const link = links.get(keyOf(a, b));
      return link?.ready === true ? link.gone.signal : null;
    },
    lookAt(member) {
      for (const link of links.values()) {
        if (link.a !== member && link.b !== member) continue;
        // over a link that is up, nothing is compared again unless something changed
        const same = JSON.stringify(link.a.trust.digest()) === JSON.stringify(link.b.trust.digest());
        const members = sides(link).every(([one, other]) => one.trust.standing(other.peerId) === 'member');
        if (!link.ready || !same || !members) void look(link);
      }
    },
  };
}

function sides({ a, b }: Link): [Member, Member][] {
  return [
    [a, b],
    [b, a],
  ];
}

/** Both sides get the same; the real ones come from nonces. */
export function wordsFor(joiner: PeerId, host: PeerId): string {
  return ['otter', joiner.slice(-4).toLowerCase(), host.slice(-4).toLowerCase()].join('-');
}

export function overWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
