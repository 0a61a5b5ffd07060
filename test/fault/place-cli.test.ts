// `axon place` against nodes that run, as programs of their own on loopback, and the reasons that come with an answer. Ollama is played;
// mDNS stays off: nothing may leave this machine.
import path from 'node:path';
import { expect, test } from 'vitest';
import { placementSurvey, type ChatChunk, type PlacementSurvey } from '../../src-shared/chat.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { openSettings } from '../../src-main/store/settings-store.ts';
import type { FakeOllamaOptions } from '../fakes/fake-ollama.ts';
import { axonHomes, patienceMs, readyNode, type Ended } from './axon-process.ts';

const homes = axonHomes();

const axon = (name: string, ...args: string[]): Promise<Ended> => homes.axon(name, args);
const loopback = ['--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--json'];

function settle(name: string, patch: SettingsPatch): void {
  const home = homePaths(homes.home(name));
  createHome(home);
  openSettings(home.settings).update({ name: name.toUpperCase(), open: true, ...patch });
}

async function leader(name: string, options: FakeOllamaOptions) {
  const ollama = await homes.ollama(options);
  settle(name, {});
  return readyNode(homes.start(name, ['serve', ...loopback, '--engine', 'ollama', '--ollama-url', ollama.url]));
}

async function survey(...args: string[]): Promise<PlacementSurvey> {
  const told = await axon('laptop', 'place', ...args, '--format', 'json');
  expect(told, told.err).toMatchObject({ code: 0, err: '' });
  expect(told.out.trim().split('\n')).toHaveLength(1);
  return placementSurvey.parse(JSON.parse(told.out));
}

const machines = ({ candidates }: Pick<PlacementSurvey, 'candidates'>) =>
  candidates.map(({ leader: { name }, excluded }) => `${name}: ${excluded ?? 'can answer'}`).toSorted();

test('who would answer and why, who not and why not; and the same with the answer', async () => {
  expect((await axon('desk', 'key', 'new')).code).toBe(0);
  for (const name of ['rack', 'laptop'])
    expect((await axon(name, 'key', 'import', path.join(homes.home('desk'), 'swarm.key'))).code).toBe(0);
  const asked = await axon('laptop', 'place', 'Why?');
  expect(asked, asked.err).toMatchObject({ code: 3, out: '' });

  const script = (): string => 'Because of Rayleigh.';
  const [desk, rack] = [
    await leader('desk', { models: [{ name: 'llama3.2:3b' }], script }),
    await leader('rack', { models: [{ name: 'qwen3:8b' }], script }),
  ];
  settle('laptop', { role: 'subordinate', addresses: [desk.address, rack.address] });
  await readyNode(homes.start('laptop', ['start', ...loopback]));
  const everybody = ['DESK: can answer', 'LAPTOP: not-a-leader', 'RACK: can answer'];
  await expect.poll(async () => machines(await survey('Why?')), { timeout: patienceMs }).toEqual(everybody);

  const wish = await survey('Why?', '--model', 'qwen3:8b');
  expect(wish).toMatchObject({
    failure: null,
    placement: { leader: { name: 'RACK' }, model: 'qwen3:8b', local: false, reason: 'only-one' },
  });
  expect(machines(wish)).toEqual(['DESK: model-missing', 'LAPTOP: not-a-leader', 'RACK: can answer']);
  const words = (await axon('laptop', 'place', 'Why?', '--model', 'qwen3:8b')).out.split('\n');
  expect(words[0]).toBe('RACK would answer with qwen3:8b: no other machine could.');
  expect(words[1]).toMatch(/^ {2}RACK {2}\d+(\.\d)? of 100: .*1 free slot,/);
  expect(words[2]).toMatch(/^ {4}points: speed \d+(\.\d)? of 24 · /);
  expect(words.slice(3).toSorted()).toEqual(['', '  DESK  does not have the model', '  LAPTOP  does not answer for others']);

  const told = await axon('laptop', 'ask', 'Why?', '--model', 'qwen3:8b', '--no-mdns', '--json');
  expect(told, told.err).toMatchObject({ code: 0 });
  const answer = JSON.parse(told.out) as { text: string; why: string; leader: unknown; chunks: ChatChunk[] };
  expect(answer).toMatchObject({
    text: script(),
    why: 'RACK answered with qwen3:8b: no other machine could.',
    leader: wish.placement?.leader,
  });
  const placed = answer.chunks.find((chunk) => chunk.kind === 'placed')?.placement;
  expect(placed).toMatchObject({ leader: wish.placement?.leader, reason: 'only-one', model: 'qwen3:8b' });
  expect(machines(placed ?? { candidates: [] })).toEqual(machines(wish));

  const pinned = await survey('Why?', '--peer', 'DESK');
  expect(pinned).toMatchObject({ placement: { leader: { name: 'DESK' }, reason: 'pinned' } });
  expect(machines(pinned)).toEqual(['DESK: can answer', 'LAPTOP: not-pinned', 'RACK: not-pinned']);
  expect((await axon('laptop', 'place', 'Why?', '--peer', 'NOBODY')).err).toContain('(not-found:');

  const nobody = await axon('laptop', 'place', 'Why?', '--model', 'no-such-model');
  expect(nobody).toMatchObject({ code: 0 });
  expect(nobody.out).toMatch(/^Nobody can answer this now\.\nNo machine has that model\. .+\.\n {2}/);

  rack.process.kill('SIGKILL');
  await rack.ended;
  await expect
    .poll(async () => machines(await survey('Why?')), { timeout: patienceMs })
    .toEqual(['DESK: can answer', 'LAPTOP: not-a-leader', 'RACK: not-connected']);
});
