// A node inside this very process: for `serve`, and for one question when none runs.
import { pathToFileURL } from 'node:url';
import { createRouterClient } from '@orpc/server';
import type { Settings } from '../../src-shared/settings.ts';
import type { ControlClient, SecretRequest } from '../../src-shared/control.ts';
import { realNode } from '../real-node.ts';
import type { Home } from '../store/home.ts';
import { places } from './places.ts';

export type NodeWishes = {
  /** For this run only; nothing is written. */
  settings: Partial<Settings>;
  /** Which flags those came from. */
  flags?: Partial<Record<keyof Settings, string>>;
  /** Multiaddrs to listen at. */
  listen?: readonly string[];
  mdns: boolean;
  /** Opens the loopback door: the web window and the control socket. */
  door: boolean;
  /** Gets warnings and errors of the node as lines. */
  warn?: (line: string) => void;
};

export type OwnNode = {
  client: ControlClient;
  /** What the client never carries. */
  secret(request: SecretRequest): Promise<string>;
  /** A fresh one-time address; null without a door. */
  windowUrl(): string | null;
  stop(): Promise<void>;
};

/**
 * Starts it; without a swarm.key it is up but alone.
 * @throws Failure home-in-use, port-in-use, identity-sealed
 */
export async function startOwnNode(home: Home, wishes: NodeWishes): Promise<OwnNode> {
  const { engineChild, models, page } = places();
  const node = await realNode({
    home,
    engineChildEntry: pathToFileURL(engineChild),
    modelDirs: models,
    seal: null,
    pageDir: page,
    door: wishes.door,
    settings: wishes.settings,
    ...(wishes.flags === undefined ? {} : { flags: wishes.flags }),
    mdns: wishes.mdns,
    ...(wishes.listen === undefined ? {} : { listen: [...wishes.listen] }),
    ...(wishes.warn === undefined ? {} : { warn: wishes.warn }),
  });
  try {
    await node.start();
  } catch (error) {
    await node.stop().catch(() => undefined);
    throw error;
  }
  return {
    client: createRouterClient(node.control, { context: {} }),
    secret: node.secret,
    windowUrl: () => node.door?.oneTimeUrl() ?? null,
    stop: () => node.stop(),
  };
}
