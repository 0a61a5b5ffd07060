// One whole node of the fault tests, alone in its process: real network and files, and an engine that is played, so that every answer is
// known word by word. Line 1 on stdin is a NodeConfig, later lines are NodeCommands; events go out as JSON lines.
import { createRouterClient } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ChatRequest } from '../../src-shared/chat.ts';
import type { Role } from '../../src-shared/role.ts';
import { toFailure } from '../../src-shared/failure.ts';
import { lanDiscovery } from '../../src-main/network/mdns/lan-discovery.ts';
import { createNetwork } from '../../src-main/network/network.ts';
import { openPairing } from '../../src-main/network/pairing.ts';
import { nearbyDoors } from '../../src-main/network/nearby-doors.ts';
import { pairByCode } from '../../src-main/network/pair-by-code.ts';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { fakeHardware } from '../fakes/fake-hardware.ts';
import { makeNode } from '../fakes/test-node.ts';
import { clock, log, tell } from './child-world.ts';

export type NodeConfig = {
  folder: string;
  key: string;
  name: string;
  role: Role;
  tokensPerSecond: number;
  listen?: string[];
  /** false: announces itself to nobody, for machines that are not the test's own */
  lan?: boolean;
  /** The engine's answer to everything, instead of words by number. */
  answer?: string;
  /** Asks as the window does: question and growing answer are stored. */
  stored?: boolean;
};

export type NodeCommand =
  /** An answer of so many words; `answerOf` is what it must be. Chunks are told as they come. */
  { do: 'ask'; words: number } | { do: 'stop' };

/** The engine's whole answer to "write N words": no word comes twice, so that a lost or doubled one shows. */
export function answerOf(words: number): string {
  return Array.from({ length: words }, (_, index) => `word${index}`).join(' ');
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  const config = JSON.parse(String(first.value)) as NodeConfig;
  const engine = fakeEngine({
    models: ['story'],
    tokensPerSecond: config.tokensPerSecond,
    tokenIds: true,
    script: ({ messages }: ChatRequest) => config.answer ?? answerOf(Number(messages.at(-1)?.content)),
  });
  const discover = config.lan === false ? null : lanDiscovery;
  const node = makeNode({
    folder: config.folder,
    key: config.key,
    settings: { open: true, name: config.name, role: config.role, titles: false },
    clock,
    log,
    hardware: fakeHardware(),
    engine: () => engine,
    network: ({ settings: _settings, ...parts }) =>
      createNetwork({
        ...parts,
        version: '0.1.0',
        listen: config.listen ?? ['/ip4/0.0.0.0/tcp/0'],
        discover,
        seedDiscovery: false,
        clock,
        log,
      }),
    pairing: {
      open: (parts) => openPairing({ ...parts, listen: ['/ip4/0.0.0.0/tcp/0'], clock, log }),
      join: (parts) => pairByCode({ ...parts, discover, clock, log }),
      nearby: (signal) => nearbyDoors({ discover, clock, log, signal }),
    },
  });
  const client = createRouterClient(node.control);
  node.onView(({ self, peers }) => {
    const leaders = peers.filter(({ state, offer }) => state === 'connected' && offer?.leads != null).map(({ name }) => name);
    tell('view', { role: self.role.actual.kind, leaders, connected: peers.filter(({ state }) => state === 'connected').length });
  });
  await node.start();
  tell('ready', { peerId: node.view().self.peerId ?? '', addresses: node.view().self.addresses });

  const question = (words: number) =>
    client.ask({ request: { id: randomUUID(), messages: [{ role: 'user' as const, content: String(words) }], parameters: {} } });
  const talk = async (words: number) => {
    const id = randomUUID();
    await client.conversations.create({ id });
    return client.conversations.send({ id, questionId: randomUUID(), answerId: randomUUID(), content: String(words) });
  };
  const ask = async (words: number): Promise<void> => {
    let text = '';
    try {
      for await (const chunk of await (config.stored === true ? talk(words) : question(words))) {
        if (chunk.kind === 'text') text += chunk.text;
        const who =
          chunk.kind === 'placed' ? { leader: chunk.placement.leader.name } : chunk.kind === 'seam' ? { lost: chunk.lost.name } : {};
        tell('chunk', { kind: chunk.kind, length: text.length, ...who });
      }
      tell('answered', { whole: text === answerOf(words), text: text === answerOf(words) ? '' : text });
    } catch (error) {
      const { data } = error as { data?: unknown };
      tell('answered', { whole: false, text, failure: toFailure(data ?? error).code });
    }
  };
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) break;
    const command = JSON.parse(String(value)) as NodeCommand;
    if (command.do === 'stop') break;
    void ask(command.words);
  }
  await node.stop();
  tell('stopped');
  process.exit(0);
}

if (process.argv[1] === import.meta.filename) await main();
