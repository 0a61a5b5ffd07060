// What a leader says of its speed and what the asker saw of it, with whole nodes; both are kept over a restart.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { homePaths } from '../../src-main/store/home.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, leadsFor, peerOf, question, reading, seen, startTestNode, type TestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

const words = (): string => Array.from({ length: 30 }, () => 'word').join(' ');
const rowOf = async (asker: TestNode, leader: TestNode) => {
  const { candidates } = await asker.control.place({ request: question('hi') });
  return candidates.find((row) => row.leader.peerId === leader.id);
};
const claimOf = (asker: TestNode, leader: TestNode) => peerOf(asker.node.view(), leader)?.offer?.leads?.models[0]?.tokensPerSecond;
const ask = (asker: TestNode, peer?: TestNode) =>
  reading(asker.control.ask({ request: question('hi'), ...(peer === undefined ? {} : { peer: peer.id }) })).ended;

test('a leader says how fast it was, after a restart too, and an asker who saw nothing yet goes by it', async () => {
  const swarm = fakeSwarm();
  const engine = { tokensPerSecond: 100, script: words };
  const strong = await startTestNode({ swarm, settings: { name: 'strong', role: 'leader' }, engine });
  const weak = await startTestNode({ swarm, settings: { name: 'weak' } });
  await leadsFor(weak, strong);
  expect(claimOf(weak, strong)).toBeNull();
  expect(await ask(weak)).toMatchObject({ failure: null });
  await seen(weak, () => typeof claimOf(weak, strong) === 'number');
  const claimed = claimOf(weak, strong);
  expect(claimed).toBeGreaterThan(0);
  // never faster than its engine writes
  expect(claimed).toBeLessThanOrEqual(120);
  await strong.stop();
  const again = await startTestNode({ swarm, folder: strong.folder, engine });
  const other = await startTestNode({ swarm, settings: { name: 'other' } });
  await leadsFor(other, again);
  expect(claimOf(other, again)).toBe(claimed);
  expect(await rowOf(other, again)).toMatchObject({ tokensPerSecond: claimed, measured: false });
});

test('who boasts is believed until it is seen, and what was seen is kept over a restart', async () => {
  const swarm = fakeSwarm();
  const script = words;
  const first = await startTestNode({ swarm, settings: { name: 'a-boaster', role: 'leader' } });
  await first.stop();
  const { observed } = homePaths(first.folder);
  writeFileSync(observed, JSON.stringify({ pairs: [], own: [{ model: 'fake', tokensPerSecond: 400 }] }));
  const boaster = await startTestNode({ swarm, folder: first.folder, engine: { tokensPerSecond: 15, script } });
  const quick = await startTestNode({ swarm, settings: { name: 'b-quick', role: 'leader' }, engine: { tokensPerSecond: 300, script } });
  const weak = await startTestNode({ swarm, settings: { name: 'weak' } });
  await Promise.all([leadsFor(weak, boaster), leadsFor(weak, quick)]);
  expect(await rowOf(weak, boaster)).toMatchObject({ tokensPerSecond: 400, measured: false });
  expect(await ask(weak)).toMatchObject({ failure: null });
  expect([boaster.engine.asked.length, quick.engine.asked.length]).toEqual([1, 0]);
  const row = await rowOf(weak, boaster);
  expect(row).toMatchObject({ measured: true });
  expect(row?.tokensPerSecond).toBeLessThan(20);
  // its own words are still that it is the fastest
  expect(claimOf(weak, boaster)).toBeGreaterThan(200);
  expect(await ask(weak)).toMatchObject({ failure: null });
  expect([boaster.engine.asked.length, quick.engine.asked.length]).toEqual([1, 1]);
  await weak.stop();
  expect(JSON.parse(readFileSync(homePaths(weak.folder).observed, 'utf8')).pairs).toHaveLength(2);
  const again = await startTestNode({ swarm, folder: weak.folder });
  await Promise.all([leadsFor(again, boaster), leadsFor(again, quick)]);
  expect(await rowOf(again, boaster)).toMatchObject({ measured: true, tokensPerSecond: row?.tokensPerSecond });
  expect(await ask(again)).toMatchObject({ failure: null });
  expect([boaster.engine.asked.length, quick.engine.asked.length]).toEqual([1, 2]);
});
