// Whole nodes in one process: real rooms and real files, over the swarm in memory and with engines that are played.
import { createRouterClient } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { newIdentity, peerIdOf } from '../../src-main/network/identity.ts';
import { crypto, signer } from '../../src-main/network/signing.ts';
import { fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { newRecoveryWords, recoveryIdentity } from '../../src-main/network/words.ts';
import { createNode, type Node } from '../../src-main/node.ts';
import { openConversations } from '../../src-main/store/conversations.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { openIdentity } from '../../src-main/store/identity.ts';
import { openLedger } from '../../src-main/store/ledger.ts';
import { openRememberedPeers } from '../../src-main/store/remembered-peers.ts';
import { openSettings } from '../../src-main/store/settings-store.ts';
import { forgetSwarmKey, readSwarmKey, renewSwarmKey, writeSwarmKey } from '../../src-main/store/swarm-key-file.ts';
import { openTrustFiles } from '../../src-main/store/trust-files.ts';
import { fakeEngine, type FakeEngine, type FakeEngineOptions } from '../fakes/fake-engine.ts';
import { fakeHardware, type FakeHardware } from '../fakes/fake-hardware.ts';
import type { FakeSwarm } from '../fakes/fake-network.ts';
import { quietLog, realClock } from './network-fixtures.ts';

export const keyText = swarmKeyText(newSwarmKey());

const folders: string[] = [];
const running = new Set<Node>();

/** Stops every node of the test and deletes the homes. */
export async function cleanUpNodes(): Promise<void> {
  await Promise.all([...running].map((node) => node.stop()));
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export type TestNode = {
  node: Node;
  control: ReturnType<typeof clientOf>;
  engine: FakeEngine;
  hardware: FakeHardware;
  folder: string;
  id: string;
  stop(): Promise<void>;
};

export type TestNodeOptions = {
  swarm: FakeSwarm;
  /** A home of an earlier node. */
  folder?: string;
  key?: string | null;
  settings?: SettingsPatch;
  engine?: FakeEngineOptions;
  /** The key store was there once and is not now. */
  sealed?: boolean;
};

const clientOf = (node: Node) => createRouterClient(node.control);

export async function startTestNode({
  swarm,
  folder = mkdtempSync(join(tmpdir(), 'axon-node-')),
  key = keyText,
  settings = {},
  engine: played = {},
  sealed = false,
}: TestNodeOptions): Promise<TestNode> {
  folders.push(folder);
  const home = homePaths(folder);
  createHome(home);
  if (key !== null && readSwarmKey(home.swarmKey) === undefined) writeSwarmKey(home.swarmKey, key, new Date());
  const stored = openSettings(home.settings);
  // whoever has the key is in, unless a test is about just that
  stored.update({ open: true, ...settings });
  const [engine, hardware] = [fakeEngine(played), fakeHardware()];
  const node = createNode({
    version: '0.1.0',
    clock: realClock,
    log: quietLog,
    settings: stored,
    keyFile: {
      read: () => readSwarmKey(home.swarmKey),
      write: (text) => writeSwarmKey(home.swarmKey, text, new Date()),
      renew: (text) => renewSwarmKey(home.swarmKey, text),
      forget: () => forgetSwarmKey(home.swarmKey, new Date()),
    },
    keyFormat: { parse: parseSwarmKey, create: newSwarmKey, text: swarmKeyText, fingerprint },
    signing: { crypto, peerIdOf, signer, newRecoveryWords, recoveryIdentity },
    trustFiles: openTrustFiles(home),
    ledger: openLedger(home.ledger, () => Date.now()),
    pairing: swarm.pairing,
    identity: () =>
      sealed
        ? Promise.reject(new Failure('identity-sealed', 'The key store is not here.'))
        : openIdentity(home.identity, null, newIdentity),
    peers: openRememberedPeers(home.remembered),
    conversations: openConversations(home.database, () => Date.now()),
    hardware,
    engine: () => engine,
    network: (parts) => swarm.network(parts),
  });
  running.add(node);
  await node.start();
  const stop = async (): Promise<void> => {
    running.delete(node);
    await node.stop();
  };
  return { node, control: clientOf(node), engine, hardware, folder, id: node.view().self.peerId ?? '', stop };
}

/** The first view for which `holds` is true. */
export async function seen(node: TestNode, holds: (view: SwarmView) => unknown, timeout = 5000): Promise<SwarmView> {
  await expect.poll(() => Boolean(holds(node.node.view())), { timeout, interval: 10 }).toBe(true);
  return node.node.view();
}

/** That peer, as this node sees it. */
export const peerOf = (view: SwarmView, other: TestNode) => view.peers.find(({ peerId }) => peerId === other.id);

/** Until this node would ask that leader. */
export const leadsFor = (asker: TestNode, leader: TestNode) =>
  seen(asker, (view) => peerOf(view, leader)?.offer?.leads?.models.some(({ loaded }) => loaded));

export function question(content: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return { id: randomUUID(), messages: [{ role: 'user', content }], parameters: {}, ...more };
}

export type Answer = { chunks: ChatChunk[]; text: string; failure: string | null };

/** Reads in the background; `ended` never rejects. */
export function reading(start: Promise<AsyncIterable<ChatChunk>>): { chunks: ChatChunk[]; ended: Promise<Answer> } {
  const chunks: ChatChunk[] = [];
  const answer = (failure: string | null): Answer => ({
    chunks,
    failure,
    text: chunks.map((chunk) => (chunk.kind === 'text' ? chunk.text : '')).join(''),
  });
  const ended = (async () => {
    for await (const chunk of await start) chunks.push(chunk);
  })().then(
    () => answer(null),
    (error: unknown) => answer(codeOf(error)),
  );
  return { chunks, ended };
}

/** The code of a failure after the control door; the name of anything else. */
export function codeOf(error: unknown): string {
  const { data, name } = error as { data?: { code?: string }; name: string };
  return data?.code ?? name;
}

export async function failing(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'no failure', codeOf);
}
