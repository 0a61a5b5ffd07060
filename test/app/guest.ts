// Another machine of the app under test: one that asks it, one that answers it, or one that only knocks.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect } from 'vitest';
import { homePaths } from '../../src-main/store/home.ts';
import { openSettings } from '../../src-main/store/settings-store.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import { fakeEngine, type FakeEngine } from '../fakes/fake-engine.ts';
import { fakeOllama } from '../fakes/fake-ollama.ts';
import { newHome, type App } from './electron.ts';
import { loopbackNode } from './real-laptop.ts';

/** A new home whose node takes any port: another program of this machine may have the usual one. */
export function homeOnFreePort(): string {
  const home = newHome();
  openSettings(homePaths(home).settings).update({ swarmPort: 0 });
  return home;
}

type Door = Pick<App, 'home' | 'control' | 'view'>;
export type OtherMachine = { client: ControlClient; stop(): Promise<void> };

/** A node with the app's key, in this process, that found the app by its address. With an engine it leads. */
export async function otherMachine(app: Door, name: string, engine: FakeEngine | null): Promise<OtherMachine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'axon-other-'));
  const key = readFileSync(path.join(app.home, 'swarm.key'), 'utf8');
  const node = loopbackNode({ folder, key, name }, { role: engine === null ? 'subordinate' : 'leader' }, engine ?? fakeEngine());
  await node.start();
  const client = createRouterClient(node.control);
  const port = async (): Promise<string | undefined> =>
    (await app.view()).self.addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1]).find((found) => found !== undefined);
  await expect.poll(port, { timeout: 60_000 }).toBeDefined();
  await client.peers.add({ address: `127.0.0.1:${await port()}` });
  return {
    client,
    async stop() {
      await node.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Makes the app a leader, on an engine that is played, and asks it something that it writes at for minutes. Resolves once it writes.
 * @returns ends what was started
 */
export async function useByGuest(app: Door): Promise<() => Promise<void>> {
  const engine = await fakeOllama({ tokenMs: 100, script: () => 'one more word and '.repeat(2000) });
  // the page may be there before the node's door is
  await expect.poll(async () => (await app.view()).key, { timeout: 60_000 }).toBeNull();
  const link = await app.control();
  await link.client.key.create({});
  await link.client.settings.update({ open: true, engine: 'ollama', ollamaUrl: engine.url });
  await link.client.role.set({ role: 'leader' });
  link.close();
  await expect.poll(async () => (await app.view()).self.role.actual.kind, { timeout: 60_000 }).toBe('leader');

  const guest = await otherMachine(app, 'GUEST', null);
  const leads = async (): Promise<number> => {
    for await (const view of await guest.client.view()) return view.peers.filter(({ offer }) => offer?.leads != null).length;
    return 0;
  };
  await expect.poll(leads, { timeout: 60_000 }).toBe(1);
  const stop = new AbortController();
  const asking = (async (): Promise<void> => {
    const request = { id: crypto.randomUUID(), messages: [{ role: 'user' as const, content: 'Go on for ever.' }], parameters: {} };
    for await (const chunk of await guest.client.ask({ request }, { signal: stop.signal })) void chunk;
  })().catch(() => undefined);
  const people = async (): Promise<number | undefined> => {
    const { actual } = (await app.view()).self.role;
    return actual.kind === 'leader' ? actual.people : undefined;
  };
  await expect.poll(people, { timeout: 60_000 }).toBe(1);
  return async () => {
    stop.abort();
    await asking;
    await guest.stop();
    await engine.close();
  };
}
