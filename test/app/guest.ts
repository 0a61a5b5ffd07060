// Somebody else who uses the app under test: a second machine whose question its leader writes at until the test ends.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect } from 'vitest';
import { createNetwork } from '../../src-main/network/network.ts';
import { openPairing } from '../../src-main/network/pairing.ts';
import { pairByCode } from '../../src-main/network/pair-by-code.ts';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { fakeHardware } from '../fakes/fake-hardware.ts';
import { fakeOllama } from '../fakes/fake-ollama.ts';
import { makeNode } from '../fakes/test-node.ts';
import { clock, log } from '../fault/child-world.ts';
import type { App } from './electron.ts';

const listen = ['/ip4/127.0.0.1/tcp/0'];

/**
 * Makes the app a leader, on an engine that is played, and asks it something that it writes at for minutes. Resolves once it writes.
 * @returns ends what was started
 */
export async function useByGuest(app: Pick<App, 'home' | 'control' | 'view'>): Promise<() => Promise<void>> {
  const engine = await fakeOllama({ tokenMs: 100, script: () => 'one more word and '.repeat(2000) });
  // the page may be there before the node's door is
  await expect.poll(async () => (await app.view()).key, { timeout: 60_000 }).toBeNull();
  const link = await app.control();
  await link.client.key.create({});
  await link.client.settings.update({ open: true, engine: 'ollama', ollamaUrl: engine.url });
  await link.client.role.set({ role: 'leader' });
  link.close();
  await expect.poll(async () => (await app.view()).self.role.actual.kind, { timeout: 60_000 }).toBe('leader');

  const folder = mkdtempSync(path.join(tmpdir(), 'axon-guest-'));
  const node = makeNode({
    folder,
    key: readFileSync(path.join(app.home, 'swarm.key'), 'utf8'),
    settings: { open: true, name: 'GUEST', role: 'subordinate' },
    clock,
    log,
    hardware: fakeHardware(),
    engine: () => fakeEngine(),
    network: ({ settings: _settings, ...parts }) =>
      createNetwork({ ...parts, version: '0.1.0', listen, discover: null, seedDiscovery: false, clock, log }),
    pairing: {
      open: (parts) => openPairing({ ...parts, listen, clock, log }),
      join: (parts) => pairByCode({ ...parts, discover: null, clock, log }),
    },
  });
  await node.start();
  const client = createRouterClient(node.control);
  const { self } = await app.view();
  const port = self.addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1]).find((found) => found !== undefined);
  await client.peers.add({ address: `127.0.0.1:${port}` });
  const leads = async (): Promise<number> => {
    for await (const view of await client.view()) return view.peers.filter(({ offer }) => offer?.leads != null).length;
    return 0;
  };
  await expect.poll(leads, { timeout: 60_000 }).toBe(1);
  const stop = new AbortController();
  const asking = (async (): Promise<void> => {
    const request = { id: crypto.randomUUID(), messages: [{ role: 'user' as const, content: 'Go on for ever.' }], parameters: {} };
    for await (const chunk of await client.ask({ request }, { signal: stop.signal })) void chunk;
  })().catch(() => undefined);
  const people = async (): Promise<number | undefined> => {
    const { actual } = (await app.view()).self.role;
    return actual.kind === 'leader' ? actual.people : undefined;
  };
  await expect.poll(people, { timeout: 60_000 }).toBe(1);
  return async () => {
    stop.abort();
    await asking;
    await node.stop();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  };
}
