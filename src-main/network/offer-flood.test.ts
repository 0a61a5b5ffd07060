// A member that comes with offers as fast as it can: what of it is read, and what the others get meanwhile.
import type { Connection, Stream } from '@libp2p/interface';
import { expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { streamPair } from '../../test/fakes/stream-pair.ts';
import { jsonFrame } from './frames.ts';
import { offerPeerRate, offers } from './offer-protocol.ts';
import { send } from './stream-io.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const connectionOf = (peer: string): Connection => ({ remotePeer: { toString: () => peer } }) as unknown as Connection;
const offerOf = (revision: number, name: string): Offer => ({
  ...{ revision, name, version: '0', role: 'subordinate', hardware: unknownHardware, leads: null },
});

test('no more than its share is read, another peer is heard as ever, and its last word comes through later', async () => {
  const clock = handClock();
  const taken: [string, number][] = [];
  const news = offers(
    {
      taken: (from, { revision }) => void taken.push([from, revision]),
      confirmed: () => undefined,
      unsupported: () => undefined,
      bye: () => undefined,
      control: () => undefined,
    },
    clock,
    quiet,
    () => 0.5,
  );
  const says = async (peer: string, offer: Offer): Promise<void> => {
    const { near, far } = streamPair(() => 65_536, Number.POSITIVE_INFINITY);
    const handled = news.handle(far as Stream, connectionOf(peer));
    await send(near as Stream, jsonFrame({ offer }), clock, 5000).catch(() => undefined);
    await near.close().catch(() => undefined);
    await handled;
  };
  for (let revision = 1; revision <= 200; revision += 1) await says('loud', offerOf(revision, `name ${revision}`));
  expect(taken.length).toBeLessThanOrEqual(offerPeerRate.burst);
  await says('calm', offerOf(1, 'calm'));
  expect(taken.at(-1)).toEqual(['calm', 1]);
  await clock.run(5_000);
  await says('loud', offerOf(201, 'last'));
  expect(taken.at(-1)).toEqual(['loud', 201]);
});
