// Whole nodes in one process: real rooms and real files, over the swarm in memory and with engines that are played.
import { createRouterClient } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import type { Clock, Engine, OtherPrograms } from '../../src-main/jobs/ports.ts';
import type { Node } from '../../src-main/node.ts';
import { fakeEngine, type FakeEngine, type FakeEngineOptions } from '../fakes/fake-engine.ts';
import { fakeHardware, type FakeHardware } from '../fakes/fake-hardware.ts';
import type { FakeSwarm } from '../fakes/fake-network.ts';
import { makeNode } from '../fakes/test-node.ts';
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
  /** In place of the played engine, a new one each time that the node makes one. */
  makeEngine?: () => Engine;
  hardware?: Partial<HardwareFacts>;
  clock?: Clock;
  /** What other programs take; default: nobody can tell. */
  otherPrograms?: OtherPrograms;
  /** The machine tells nothing of itself before. */
  hardwareAfter?: Promise<void>;
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
  makeEngine,
  hardware: machine = {},
  clock = realClock,
  otherPrograms,
  hardwareAfter,
  sealed = false,
}: TestNodeOptions): Promise<TestNode> {
  folders.push(folder);
  const [engine, hardware] = [fakeEngine(played), fakeHardware(machine)];
  if (hardwareAfter !== undefined) {
    const { facts } = hardware;
    hardware.facts = () => hardwareAfter.then(facts);
  }
  const node = makeNode({
    folder,
    key,
    // whoever has the key is in, unless a test is about just that
    settings: { open: true, ...settings },
    clock,
    log: quietLog,
    hardware,
    engine: makeEngine ?? (() => engine),
    network: (parts) => swarm.network(parts),
    pairing: swarm.pairing,
    ...(otherPrograms === undefined ? {} : { otherPrograms }),
    ...(sealed ? { identity: () => Promise.reject(new Failure('identity-sealed', 'The key store is not here.')) } : {}),
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
export async function seen(node: TestNode, holds: (view: SwarmView) => unknown, timeout = 15_000): Promise<SwarmView> {
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
