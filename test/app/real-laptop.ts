// A laptop that only asks: a real node with real files, network and loopback door, and its built window in Chromium.
// Nobody announces itself: the machines are dialled by address.
import { createRouterClient } from '@orpc/server';
import type { Browser, Page } from 'playwright';
import { openDoor } from '../../src-main/api/loopback-door.ts';
import { createNetwork } from '../../src-main/network/network.ts';
import { nearbyDoors } from '../../src-main/network/nearby-doors.ts';
import { openPairing } from '../../src-main/network/pairing.ts';
import { pairByCode } from '../../src-main/network/pair-by-code.ts';
import type { Node } from '../../src-main/node.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { fakeHardware } from '../fakes/fake-hardware.ts';
import { makeNode } from '../fakes/test-node.ts';
import { clock, log } from '../fault/child-world.ts';
import { builtWindow, watchedPage, type Watched } from './browser.ts';

/** Where a node of these tests listens. */
export const loopback = ['/ip4/127.0.0.1/tcp/0'];

export type Home = { folder: string; key: string; name: string };

/** A node in this process over the real network, not started yet. */
export function loopbackNode({ folder, key, name }: Home, settings: SettingsPatch, engine: Engine): Node {
  return makeNode({
    folder,
    key,
    settings: { open: true, name, ...settings },
    clock,
    log,
    hardware: fakeHardware(),
    engine: () => engine,
    network: ({ settings: _settings, ...parts }) =>
      createNetwork({ ...parts, version: '0.1.0', listen: loopback, discover: null, seedDiscovery: false, clock, log }),
    pairing: {
      open: (parts) => openPairing({ ...parts, listen: loopback, clock, log }),
      join: (parts) => pairByCode({ ...parts, discover: null, clock, log }),
      nearby: (signal) => nearbyDoors({ discover: null, clock, log, signal }),
    },
  });
}

export type Laptop = Watched & {
  client: ControlClient;
  /** One more window on the same node, beside the first one; closed with it. */
  another(): Promise<Watched>;
  stop(): Promise<void>;
};

/** Started, and its window shows the chat. After `stop` the same home can be started again, as after a restart of the computer. */
export async function startLaptop(browser: Browser, home: Home): Promise<Laptop> {
  const node = loopbackNode(home, { role: 'subordinate' }, fakeEngine());
  await node.start();
  const door = await openDoor({ port: 0, router: node.control, secret: node.secret, pageDir: builtWindow, log });
  const windows: Watched[] = [];
  const openWindow = async (): Promise<Watched> => {
    const watched = await watchedPage(browser, `http://127.0.0.1:${door.port}`);
    windows.push(watched);
    await watched.page.goto(door.oneTimeUrl());
    await watched.page.getByTestId('composer').waitFor();
    return watched;
  };
  const watched = await openWindow();
  return {
    ...watched,
    client: createRouterClient(node.control),
    another: openWindow,
    async stop() {
      for (const { context } of windows) await context.close();
      await door.close();
      await node.stop();
    },
  };
}

/** Dials a leader, and waits until the window says that it answers. */
export async function connect(
  { page, client }: { page: Page; client: ControlClient },
  leader: { name: string; address: string },
): Promise<void> {
  await client.peers.add({ address: leader.address });
  await page.locator('[data-testid=peer-row][data-leads]').filter({ hasText: leader.name }).waitFor({ timeout: 20_000 });
}
