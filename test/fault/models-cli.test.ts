// `axon models` with nodes as programs of their own on loopback: the list, getting one, taking it away, and a leader that says no. Ollama is played.
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { openSettings } from '../../src-main/store/settings-store.ts';
import { axonHomes, patienceMs, readyNode, type Ended } from './axon-process.ts';

const homes = axonHomes();
const axon = (name: string, ...args: string[]): Promise<Ended> => homes.axon(name, ['models', ...args]);
const loopback = ['--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--json'];

function settle(name: string, patch: SettingsPatch): void {
  const home = homePaths(homes.home(name));
  createHome(home);
  openSettings(home.settings).update({ name: name.toUpperCase(), open: true, ...patch });
}

test('the models of every machine; one is fetched and taken away; a leader refuses who may not', async () => {
  expect((await homes.axon('desk', ['key', 'new'])).code).toBe(0);
  expect((await homes.axon('laptop', ['key', 'import', path.join(homes.home('desk'), 'swarm.key')])).code).toBe(0);
  expect(await axon('desk')).toMatchObject({ code: 3, out: '' });
  const ollama = await homes.ollama({ models: [{ name: 'llama3.2:3b', size: 2e9 }], pullMs: 100 });
  ollama.registry.set('tiny:1b', { name: 'tiny:1b', size: 1e9 });
  settle('desk', {});
  const desk = await readyNode(homes.start('desk', ['serve', ...loopback, '--engine', 'ollama', '--ollama-url', ollama.url]));
  settle('laptop', { role: 'subordinate', addresses: [desk.address] });
  await readyNode(homes.start('laptop', ['start', ...loopback]));

  type Machine = { name: string; self: boolean; models: { name: string; sizeBytes: number | null }[] };
  const machines = async (): Promise<Machine[]> => JSON.parse((await axon('laptop', '--json')).out) as Machine[];
  await expect.poll(async () => (await machines()).map(({ name }) => name), { timeout: patienceMs }).toEqual(['LAPTOP', 'DESK']);
  expect((await machines())[1]).toMatchObject({ self: false, models: [{ name: 'llama3.2:3b', sizeBytes: 2e9 }] });
  expect((await axon('desk')).out).toMatch(/^DESK \(this machine\)\n[^]* {2}llama3\.2:3b {2}2 GB/);

  expect(await axon('laptop', 'get', 'tiny:1b', '--on', 'DESK')).toMatchObject({ code: 4, out: '' });
  expect(await axon('laptop', 'get', 'tiny:1b', '--on', 'NOBODY')).toMatchObject({ code: 2, out: '' });
  expect(ollama.requests.filter(({ url }) => url === '/api/pull')).toEqual([]);
  const got = await axon('desk', 'get', 'tiny:1b', '--json');
  expect(got, got.err).toMatchObject({ code: 0 });
  expect(JSON.parse(got.out)).toMatchObject({ name: 'tiny:1b', state: 'done' });
  expect((await axon('desk')).out).toContain('tiny:1b');
  expect((await axon('desk', 'remove', 'tiny:1b')).code).toBe(0);
  expect((await axon('desk')).out).not.toContain('tiny:1b');
  expect(await axon('desk', 'pause', 'tiny:1b')).toMatchObject({ code: 2 });
  expect(await axon('desk', 'get', 'ftp://example.org/a.gguf')).toMatchObject({ code: 2, out: '' });
});
