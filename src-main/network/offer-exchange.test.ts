// Offers over links that lose, delay and overtake, between nodes that crash and come back: everybody ends up knowing everybody's last word.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { staleMs } from '../../src-shared/snapshot.ts';
import { handClock, type HandClock } from '../../test/fakes/hand-clock.ts';
import { offerExchange, offerPace, UnsupportedError, type OfferExchange, type OfferMessage } from './offer-exchange.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const offerOf = (revision: number, name: string): Offer => ({
  revision,
  name,
  version: '0',
  role: 'subordinate',
  hardware: unknownHardware,
  leads: null,
});

type Node = {
  exchange: OfferExchange;
  /** What it knows of the others, as its window would show. */
  known: Map<string, Offer>;
  confirmed: Map<string, number>;
  said: Offer | undefined;
};
/** How the wire treats one message: lost before it arrives, or its receipt lost after it; late by so many ms, or its receipt. */
type Fate = { lost?: 'message' | 'receipt'; lateMs?: number; backMs?: number };

function wires(clock: HandClock, fate: (from: string, to: string, message: OfferMessage) => Fate = () => ({})) {
  const nodes = new Map<string, Node>();
  const cut = new Set<string>();
  const sent: { from: string; message: OfferMessage }[] = [];
  const link = (a: string, b: string): string => [a, b].toSorted().join();
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));

  const start = (name: string): Node => {
    const node: Node = {
      exchange: offerExchange({
        async send(to, message) {
          sent.push({ from: name, message });
          const { lost, lateMs = 1, backMs = 1 } = fate(name, to, message);
          if (lost === 'message') throw new Error('lost');
          await wait(lateMs);
          const other = nodes.get(to);
          if (other === undefined || nodes.get(name) !== node || cut.has(link(name, to))) throw new Error('no link');
          const answer = other.exchange.heard(name, message);
          await wait(backMs);
          if (lost === 'receipt' || cut.has(link(name, to))) throw new Error('lost');
          return answer;
        },
        reaches: (to) => nodes.has(to) && !cut.has(link(name, to)),
        taken: (from, offer) => void node.known.set(from, offer),
        confirmed: (from) => void node.confirmed.set(from, clock.now()),
        unsupported: () => undefined,
        bye: () => undefined,
        clock,
        log: quiet,
        random: () => 0.5,
      }),
      known: new Map(),
      confirmed: new Map(),
      said: undefined,
    };
    nodes.set(name, node);
    return node;
  };
  const meet = (a: string, b: string): void => {
    cut.delete(link(a, b));
    nodes.get(a)?.exchange.follow(b);
    nodes.get(b)?.exchange.follow(a);
  };
  const part = (a: string, b: string): void => {
    cut.add(link(a, b));
    nodes.get(a)?.exchange.unfollow(b);
    nodes.get(b)?.exchange.unfollow(a);
  };
  const say = (name: string, offer: Offer): void => {
    const node = nodes.get(name);
    if (node === undefined) return;
    node.said = offer;
    node.exchange.announce(offer);
  };
  return {
    nodes,
    sent,
    start,
    meet,
    part,
    say,
    cut: (a: string, b: string) => void cut.add(link(a, b)),
    heal: (a: string, b: string) => void cut.delete(link(a, b)),
  };
}

/** Two rounds, and the longest wait before a push is tried again. */
const settleMs = offerPace.roundMs * 2 + offerPace.retryMaxMs * 2;

function pair(fate?: Parameters<typeof wires>[1]) {
  const clock = handClock();
  const net = wires(clock, fate);
  const [a, b] = [net.start('a'), net.start('b')];
  net.meet('a', 'b');
  return { clock, net, a, b };
}

describe('what a push can lose', () => {
  test('a push that does not arrive is made again, at once and then ever more seldom', async () => {
    let losing = 5;
    const { clock, net, b } = pair((from, _, message) =>
      'offer' in message && from === 'a' && (losing -= 1) >= 0 ? { lost: 'message' } : {},
    );
    net.say('a', offerOf(1, 'one'));
    await clock.run(10_000);
    expect(b.known.get('a')?.name).toBe('one');
  });

  test('one that was taken by a peer which then forgot it is found missing and fetched', async () => {
    const { clock, net, a, b } = pair();
    net.say('a', offerOf(1, 'one'));
    await clock.run(1000);
    b.exchange.stop();
    // the same link to a: it never noticed that b was another process for a moment
    const again = net.start('b');
    again.exchange.follow('a');
    await clock.run(1000);
    expect(again.known.get('a')).toBeUndefined();
    await clock.run(offerPace.askMaxMs * 1.3);
    expect(again.known.get('a')?.name).toBe('one');
    expect(a.known.size).toBe(0);
  });

  test('a machine whose clock went back while nobody noticed that it was away: its word counts again', async () => {
    const { clock, net, b } = pair();
    net.say('a', offerOf(9_000_000, 'before'));
    await clock.run(1000);
    net.nodes.get('a')?.exchange.stop();
    net.start('a').exchange.follow('b');
    net.say('a', offerOf(5, 'after'));
    await clock.run(1000);
    expect(b.known.get('a')?.name).toBe('before');
    await clock.run(offerPace.askMaxMs * 1.3);
    expect(b.known.get('a')?.name).toBe('after');
    net.say('a', offerOf(6, 'later'));
    await clock.run(1000);
    expect(b.known.get('a')?.name).toBe('later');
  });

  test('one that left is known anew when it comes, whatever its clock says', async () => {
    const { clock, net, b } = pair();
    net.say('a', offerOf(9_000_000, 'before'));
    await clock.run(1000);
    net.part('a', 'b');
    net.say('a', offerOf(5, 'after'));
    net.meet('a', 'b');
    await clock.run(100);
    expect(b.known.get('a')?.name).toBe('after');
  });

  test('an older word that comes late does not replace the newer one', async () => {
    const { clock, net, b } = pair((_, __, message) =>
      'offer' in message && message.offer.revision === 1 ? { lateMs: 4000, lost: 'receipt' } : {},
    );
    net.say('a', offerOf(1, 'one'));
    await clock.run(100);
    net.say('a', offerOf(2, 'two'));
    await clock.run(settleMs);
    expect(b.known.get('a')?.name).toBe('two');
    expect(net.nodes.get('b')?.exchange.heard('a', { offer: offerOf(1, 'one') })).toBeNull();
    expect(b.known.get('a')?.name).toBe('two');
  });

  test('an answer that was on its way while something newer came does not replace that', async () => {
    const { clock, net, b } = pair((_, __, message) => ('have' in message ? { backMs: 5000 } : { lateMs: 100 }));
    net.say('a', offerOf(1, 'one'));
    // b asks after 12 s, while the second word is on its way: it is answered with that
    await clock.run(11_950);
    net.say('a', offerOf(2, 'two'));
    await clock.run(1000);
    expect(net.sent.filter(({ from, message }) => from === 'b' && 'have' in message)).toEqual([{ from: 'b', message: { have: 1 } }]);
    net.say('a', offerOf(3, 'three'));
    await clock.run(500);
    expect(b.known.get('a')?.name).toBe('three');
    await clock.run(4000);
    expect(b.known.get('a')?.name).toBe('three');
  });
});

describe('what it costs', () => {
  test('an idle swarm asks each peer about once a minute, and hears that nothing changed', async () => {
    const { clock, net, b } = pair();
    net.say('a', offerOf(1, 'one'));
    await clock.run(1000);
    net.sent.length = 0;
    await clock.run(600_000);
    expect(net.sent.every(({ message }) => 'have' in message)).toBe(true);
    // two nodes, one peer each, asked at the shortest pause of few peers
    expect(net.sent.length).toBeLessThanOrEqual((2 * 600_000) / (offerPace.askMaxMs * 0.8));
    expect(clock.now() - (b.confirmed.get('a') ?? 0)).toBeLessThanOrEqual(offerPace.askMaxMs * 1.3);
  });

  test('among 300 peers one is asked at a time, twice a second, and each within two and a half minutes', async () => {
    const clock = handClock();
    const net = wires(clock);
    const names = Array.from({ length: 300 }, (_, index) => `peer ${index}`);
    const self = net.start('self');
    for (const name of names) {
      net.start(name);
      net.meet('self', name);
      net.say(name, offerOf(1, name));
    }
    await clock.run(5000);
    net.sent.length = 0;
    await clock.run(190_000);
    expect(self.confirmed.size).toBe(300);
    const asked = net.sent.filter(({ from, message }) => from === 'self' && 'have' in message).length;
    expect(asked).toBeLessThanOrEqual(190_000 / (offerPace.askMinMs * 0.8));
  });

  test('who has 300 links says so, and is asked as seldom as it asks: 300 that know nobody else do not ask it each 20 s', async () => {
    const clock = handClock();
    const net = wires(clock);
    net.start('self');
    net.say('self', offerOf(1, 'self'));
    const crowd = Array.from({ length: 300 }, (_, index) => net.start(`peer ${index}`));
    for (const name of net.nodes.keys()) if (name !== 'self') net.meet('self', name);
    await clock.run(300 * offerPace.tellMs + 1000);
    for (const { exchange } of crowd) expect(exchange.linksOf('self')).toBeGreaterThan(150);
    expect(net.sent.length).toBeLessThanOrEqual(3 * 300);
    net.sent.length = 0;
    await clock.run(300_000);
    expect(net.sent.every(({ message }) => 'have' in message)).toBe(true);
    const asked = net.sent.filter(({ from }) => from !== 'self').length;
    expect(asked).toBeLessThanOrEqual(300 * 4);
    for (const { confirmed } of crowd) expect(clock.now() - (confirmed.get('self') ?? 0)).toBeLessThanOrEqual(200_000);

    // and few are asked as ever once the others have gone
    for (const name of [...net.nodes.keys()].slice(3)) net.part('self', name);
    await clock.run(10_000);
    expect(crowd[0]?.exchange.linksOf('self')).toBe(2);
  });

  test('however many links a peer claims, it is asked before what is known of it is stale', async () => {
    const { clock, a, b } = pair();
    a.exchange.heard('b', { offer: offerOf(1, 'b'), links: Number.MAX_SAFE_INTEGER });
    b.exchange.announce(offerOf(1, 'b'));
    await clock.run(staleMs);
    expect(clock.now() - (a.confirmed.get('b') ?? -Infinity)).toBeLessThan(staleMs);
  });

  test('who does not speak this is left alone, and that is said once', async () => {
    const clock = handClock();
    let sent = 0;
    const said: string[] = [];
    const exchange = offerExchange({
      send: () => ((sent += 1), Promise.reject(new UnsupportedError())),
      reaches: () => true,
      taken: () => undefined,
      confirmed: () => undefined,
      unsupported: (to) => void said.push(to),
      bye: () => undefined,
      clock,
      log: quiet,
      random: () => 0.5,
    });
    exchange.announce(offerOf(1, 'one'));
    exchange.follow('seed');
    await clock.run(600_000);
    expect(sent).toBe(1);
    expect(said).toEqual(['seed']);
    expect(exchange.followed()).toEqual([]);
    exchange.stop();
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const step = fc.oneof(
  fc.record({ kind: fc.constant('say' as const), who: name }),
  fc.record({ kind: fc.constant('part' as const), who: name, other: name }),
  fc.record({ kind: fc.constant('cut' as const), who: name, other: name }),
  fc.record({ kind: fc.constant('restart' as const), who: name, clockBack: fc.boolean(), noticed: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
);
const fates = fc.infiniteStream(
  fc.oneof(
    { arbitrary: fc.constant<Fate>({}), weight: 3 },
    { arbitrary: fc.constantFrom<Fate>({ lost: 'message' }, { lost: 'receipt' }), weight: 2 },
    { arbitrary: fc.record({ lateMs: fc.integer({ min: 1, max: 4000 }), backMs: fc.integer({ min: 1, max: 4000 }) }), weight: 2 },
  ),
);

test('whatever was lost, late, cut and restarted: once the links hold, everybody knows everybody as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fates, async (steps, stream) => {
      const clock = handClock();
      let bad = true;
      const net = wires(clock, () => (bad ? (stream.next().value ?? {}) : {}));
      const names = ['a', 'b', 'c', 'd'];
      let revision = 1000;
      for (const one of names) net.start(one);
      const meetAll = (): void => names.forEach((one, index) => names.slice(index + 1).forEach((other) => net.meet(one, other)));
      meetAll();
      for (const one of names) net.say(one, offerOf((revision += 1), `${one} begins`));
      for (const now of steps) {
        if (now.kind === 'say') net.say(now.who, offerOf((revision += 1), `${now.who} ${revision}`));
        else if (now.kind === 'wait') await clock.run(now.ms);
        else if (now.kind === 'restart') {
          net.nodes.get(now.who)?.exchange.stop();
          net.start(now.who);
          net.say(now.who, offerOf(now.clockBack ? 1 : (revision += 1), `${now.who} again ${revision}`));
          for (const other of names.filter((one) => one !== now.who)) {
            if (now.noticed) net.part(now.who, other);
            net.nodes.get(now.who)?.exchange.follow(other);
          }
        } else if (now.who !== now.other) (now.kind === 'part' ? net.part : net.cut)(now.who, now.other);
      }
      bad = false;
      // a link that was only cut comes back without anybody having noticed; one that was parted is met anew
      names.forEach((one, index) => names.slice(index + 1).forEach((other) => net.heal(one, other)));
      for (const [one, node] of net.nodes)
        for (const other of names) if (other !== one && !node.exchange.followed().includes(other)) node.exchange.follow(other);
      await clock.run(settleMs);
      for (const [one, node] of net.nodes)
        for (const other of names)
          if (other !== one) expect(node.known.get(other), `${one} of ${other}`).toEqual(net.nodes.get(other)?.said);
      for (const node of net.nodes.values()) node.exchange.stop();
    }),
    { numRuns: 150 },
  );
});
