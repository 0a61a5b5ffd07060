// The thief of swarm.key: stock js-libp2p with the right key and an identity of its own. It may ask to be let in, and nothing else.
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { testSwarm } from '../fakes/test-trust.ts';
import { report } from '../report.ts';
import { cleanUp, sampleOffer } from './network-fixtures.ts';
import { frameDecoder, jsonFrame } from '../../src-main/network/frames.ts';
import { heardBack, openings, startMember, startStranger, type Stranger } from './trust-fixtures.ts';

const figures = report('trust');
const soon = { timeout: 10_000 };
afterEach(cleanUp);
afterAll(() => void figures.write());

async function swarmOfTwo(serve?: () => never) {
  const [founder, other] = testSwarm(['desk', 'laptop']);
  if (founder === undefined || other === undefined) throw new Error('two devices');
  const options = serve === undefined ? {} : { serve };
  const [a, b] = [await startMember(founder, options), await startMember(other, options)];
  await a.network.dial(b.address(), AbortSignal.timeout(5000));
  return { a, b };
}

/** What a host says first to one that wants in. */
async function firstWord(thief: Stranger, address: string): Promise<object> {
  const stream = await thief.dialProtocol(multiaddr(address), '/axon/join/1');
  const decoder = frameDecoder(() => 4096);
  const word = new Promise<object>((resolve) =>
    stream.addEventListener('message', ({ data }) => {
      for (const body of decoder.push(data.subarray())) resolve(JSON.parse(Buffer.from(body).toString()) as object);
    }),
  );
  stream.send(jsonFrame(openings['/axon/join/1']));
  const said = await word;
  stream.abort(new Error('enough'));
  return said;
}

describe('the thief of swarm.key', () => {
  test('reaches one of all protocols', { timeout: 60_000 }, async () => {
    let asked = 0;
    const { a, b } = await swarmOfTwo(() => {
      asked += 1;
      throw new Error('a stranger was served');
    });
    a.network.announce(sampleOffer(1));
    const thief = await startStranger(a.trust.keyring().current.key);
    const heard: Record<string, string> = {};
    for (const protocol of Object.keys(openings)) heard[protocol] = await heardBack(thief, a.address(), protocol);
    const answered = Object.keys(heard).filter((protocol) => heard[protocol] === 'answered');
    figures.row({
      name: 'stolen key: protocols reached',
      value: answered.length,
      unit: 'count',
      limit: 1,
      note: `of ${Object.keys(openings).length}`,
    });
    expect(answered).toEqual(['/axon/join/1']);
    expect(new Set(Object.values(heard))).toEqual(new Set(['answered', 'refused']));
    expect(asked).toBe(0);
    // a member is told of all that there is, besides the ping that keeps a connection up: none was left out above
    const known = await startStranger(a.trust.keyring().current.key, b.trust.privateKey);
    const { protocols } = await known.services.identify.identify(await known.dial(multiaddr(a.address())));
    expect(protocols.toSorted()).toEqual([...Object.keys(openings), '/ipfs/ping/1.0.0'].toSorted());
  });

  test('hears of no member, no model and no key, and nobody hears of it', async () => {
    const { a, b } = await swarmOfTwo();
    const opened: string[] = [];
    const thief = await startStranger(a.trust.keyring().current.key);
    for (const protocol of Object.keys(openings))
      await thief.handle(protocol, (stream) => void opened.push(stream.protocol), { force: true });
    const connection = await thief.dial(multiaddr(a.address()));
    a.network.announce(sampleOffer(2));
    b.network.announce(sampleOffer(2));
    await expect.poll(() => a.events.filter(({ kind }) => kind === 'offer').length, soon).toBeGreaterThan(0);
    expect(connection.status).toBe('open');
    expect(opened).toEqual([]);
    const about = thief.peerId.toString();
    expect([...a.events, ...b.events].filter((event) => 'peerId' in event && event.peerId === about)).toEqual([]);
    expect([...a.trust.keysGiven, ...b.trust.keysGiven].filter(({ to }) => to === about)).toEqual([]);
    expect(a.remembered.has(about)).toBe(false);
  });

  test('with forty identities takes sixteen places, and no member loses its own', { timeout: 30_000 }, async () => {
    const { a, b } = await swarmOfTwo();
    const key = a.trust.keyring().current.key;
    const thieves = await Promise.all(Array.from({ length: 40 }, () => startStranger(key)));
    const connections: Connection[] = [];
    for (const thief of thieves) connections.push(await thief.dial(multiaddr(a.address())));
    await expect.poll(() => connections.filter(({ status }) => status === 'open').length, soon).toBe(16);
    expect(connections.slice(-16).every(({ status }) => status === 'open')).toBe(true);
    expect(b.events.filter(({ kind }) => kind === 'disconnected')).toEqual([]);
  });

  test('asks no more than once in ten seconds, and the admin sees one request', async () => {
    const { a } = await swarmOfTwo();
    const thief = await startStranger(a.trust.keyring().current.key);
    const heard: object[] = [];
    for (let time = 0; time < 5; time += 1) heard.push(await firstWord(thief, a.address()));
    expect(heard[0]).toHaveProperty('nonce');
    expect(heard.slice(1)).toEqual(Array.from({ length: 4 }, () => ({ later: expect.any(Number) as number })));
    // it never shows its number, so no person is troubled
    expect(a.trust.applicants).toEqual([]);
  });
});
