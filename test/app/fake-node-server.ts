// A node that is played: the control contract over a loopback WebSocket with scripted data, and the built window beside it.
// It behaves (a key is remembered, a draft is kept, an answer streams), so that the window can be tested without machines and models.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { ChatChunk, Placement } from '../../src-shared/chat.ts';
import { control } from '../../src-shared/control.ts';
import type { Conversation, Message } from '../../src-shared/conversation.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

/** Strict as in production: scripts and styles only from the server itself. */
export const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What an answer does, step by step; `wait` in ms. A function sees the signal, to wait until Stop. */
export type ScriptStep = ChatChunk | { wait: number } | { fail: FailureCode } | { hold: true };
export type AnswerScript = (question: string) => ScriptStep[];

export type FakeNode = {
  /** With the one-time token in the fragment. */
  address: string;
  origin: string;
  view: () => SwarmView;
  change: (change: (view: SwarmView) => SwarmView) => void;
  conversations: Map<string, Conversation>;
  /** Names of calls in the order they came, view excepted. */
  calls: { name: string; input: unknown }[];
  script: (script: AnswerScript) => void;
  /** Answers that were aborted by the window. */
  aborted: () => number;
  /** Breaks every socket; with `refuse` new ones are refused until the next call. */
  cut: (options?: { refuse: boolean }) => void;
  heal: () => void;
  stop: () => Promise<void>;
};

export async function startFakeNode(options: { view: SwarmView; root: string }): Promise<FakeNode> {
  let view = options.view;
  let script: AnswerScript = () => [{ kind: 'text', text: 'Hello.' }, done()];
  let aborted = 0;
  let refusing = false;
  const watchers = new Set<() => void>();
  const conversations = new Map<string, Conversation>();
  const calls: FakeNode['calls'] = [];
  const sockets = new Set<WebSocket>();

  const change: FakeNode['change'] = (edit) => {
    view = { ...edit(view), revision: view.revision + 1 };
    for (const watcher of watchers) watcher();
  };
  const handler = new RPCHandler(
    fakeControl({
      view: () => view,
      change,
      watchers,
      conversations,
      calls,
      script: (question) => script(question),
      onAbort: () => {
        aborted++;
      },
    }),
  );

  const server = createServer((request, response) => void serve(options, request, response));
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => (protocols.has('axon.control') ? 'axon.control' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (refusing || request.url !== '/control' || !(request.headers['sec-websocket-protocol'] ?? '').includes('axon.token.session-token')) {
      socket.destroy();
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (connected) => {
      sockets.add(connected);
      connected.on('close', () => sockets.delete(connected));
      void handler.upgrade(connected, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address: `${origin}/#token=one-time-token`,
    origin,
    view: () => view,
    change,
    conversations,
    calls,
    script: (next) => {
      script = next;
    },
    aborted: () => aborted,
    cut: (how) => {
      refusing = how?.refuse === true;
      for (const socket of sockets) socket.terminate();
    },
    heal: () => {
      refusing = false;
    },
    stop: async () => {
      for (const socket of sockets) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

type Stage = {
  view: () => SwarmView;
  change: FakeNode['change'];
  watchers: Set<() => void>;
  conversations: Map<string, Conversation>;
  calls: FakeNode['calls'];
  script: AnswerScript;
  onAbort: () => void;
};

// oxlint-disable-next-line typescript/explicit-function-return-type -- the router's type is oRPC's
function fakeControl(stage: Stage) {
  const os = implement(control);
  const note = (name: string, input?: unknown): void => void stage.calls.push({ name, input });
  const changeKey = (fingerprint: string | null): void =>
    stage.change((view) => ({
      ...view,
      key: fingerprint === null ? null : { fingerprint },
      self: { ...view.self, peerId: fingerprint === null ? null : (view.self.peerId ?? selfId) },
    }));

  return os.router({
    view: os.view.handler(async function* ({ signal }) {
      let wake: () => void = () => undefined;
      const watcher = (): void => wake();
      stage.watchers.add(watcher);
      try {
        for (;;) {
          const changed = new Promise<void>((resolve) => {
            wake = resolve;
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
          yield stage.view();
          await changed;
          if (signal?.aborted === true) return;
        }
      } finally {
        stage.watchers.delete(watcher);
      }
    }),
    role: {
      set: os.role.set.handler(({ input }) => {
        note('role.set', input);
        stage.change((view) => ({
          ...view,
          settings: { ...view.settings, role: input.role },
          self: {
            ...view.self,
            role: {
              wanted: input.role,
              actual:
                input.role === 'leader'
                  ? { kind: 'leader', models: view.self.models.length, running: 0, waiting: 0 }
                  : { kind: 'subordinate', leader: null },
            },
          },
        }));
      }),
    },
    key: {
      create: os.key.create.handler(() => {
        note('key.create');
        changeKey('4f-a2-09-1c');
      }),
      import: os.key.import.handler(({ input }) => {
        note('key.import', { ...input, content: input.content.length });
        const text = Buffer.from(input.content, 'base64').toString('latin1');
        const code = badKey(text, input.size);
        if (code !== null) throw failure(code);
        if (stage.view().key !== null && !input.replace) throw failure('key-exists');
        changeKey('7b-10-ee-52');
      }),
      forget: os.key.forget.handler(() => {
        note('key.forget');
        changeKey(null);
      }),
    },
    peers: {
      add: os.peers.add.handler(({ input }) => {
        note('peers.add', input);
        if (!/^[\w.:/-]+$/.test(input.address)) throw failure('bad-address');
      }),
      forget: os.peers.forget.handler(({ input }) => {
        note('peers.forget', input);
        stage.change((view) => ({ ...view, peers: view.peers.filter((peer) => peer.peerId !== input.peerId) }));
      }),
    },
    ask: os.ask.handler(async function* ({ input, signal }) {
      yield* play(stage, input.request.messages.at(-1)?.content ?? '', signal);
    }),
    conversations: {
      list: os.conversations.list.handler(() =>
        [...stage.conversations.values()].map(({ id, title, createdAt, updatedAt }) => ({ id, title, createdAt, updatedAt })),
      ),
      get: os.conversations.get.handler(({ input }) => {
        const found = stage.conversations.get(input.id);
        if (found === undefined) throw failure('not-found');
        return found;
      }),
      create: os.conversations.create.handler(({ input }) => {
        note('conversations.create', input);
        const now = Date.now();
        stage.conversations.set(input.id, {
          id: input.id,
          title: input.title,
          createdAt: now,
          updatedAt: now,
          messages: [],
          draft: '',
          model: null,
          parameters: {},
        });
      }),
      update: os.conversations.update.handler(({ input }) => {
        note('conversations.update', input);
        const found = stage.conversations.get(input.id);
        if (found === undefined) throw failure('not-found');
        if (input.title !== undefined) found.title = input.title;
        if (input.draft !== undefined) found.draft = input.draft;
        if (input.model !== undefined) found.model = input.model;
      }),
      remove: os.conversations.remove.handler(({ input }) => {
        note('conversations.remove', input);
        stage.conversations.delete(input.id);
      }),
      send: os.conversations.send.handler(async function* ({ input, signal }) {
        note('conversations.send', input);
        const found = stage.conversations.get(input.id);
        if (found === undefined) throw failure('not-found');
        yield* answerInto(stage, found, input, signal);
      }),
    },
    settings: {
      update: os.settings.update.handler(({ input }) => {
        note('settings.update', input);
        stage.change((view) => ({
          ...view,
          settings: { ...view.settings, ...input } as Settings,
          self: { ...view.self, name: input.name ?? view.self.name },
        }));
      }),
    },
    doctor: os.doctor.handler(() => ({ checks: [] })),
  });
}

/** Stores the question and the growing answer as a node does, and streams. */
async function* answerInto(
  stage: Stage,
  found: Conversation,
  input: { questionId: string; answerId: string; content?: string | undefined },
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatChunk> {
  const now = Date.now();
  found.updatedAt = now;
  if (input.content !== undefined) {
    found.messages.push({ id: input.questionId, role: 'user', content: input.content, createdAt: now });
    found.draft = '';
  } else found.messages.splice(found.messages.findLastIndex((message) => message.role === 'user') + 1);
  const answer: Message = {
    id: input.answerId,
    role: 'assistant',
    content: '',
    createdAt: now,
    answer: { state: 'streaming', placement: null, model: null, figures: null, failure: null },
  };
  found.messages.push(answer);
  const facts = answer.answer;
  if (facts === undefined) return;
  const question = found.messages.findLast((message) => message.role === 'user')?.content ?? '';
  try {
    for await (const chunk of play(stage, question, signal)) {
      if (chunk.kind === 'text') answer.content += chunk.text;
      if (chunk.kind === 'placed') facts.placement = chunk.placement;
      if (chunk.kind === 'done') Object.assign(facts, { state: 'done', model: chunk.model, figures: chunk.figures });
      yield chunk;
    }
    if (signal?.aborted === true) facts.state = 'stopped';
  } catch (error) {
    facts.state = signal?.aborted === true ? 'stopped' : 'failed';
    throw error;
  }
}

async function* play(stage: Stage, question: string, signal: AbortSignal | undefined): AsyncGenerator<ChatChunk> {
  for (const step of stage.script(question)) {
    if (signal?.aborted === true) break;
    if ('wait' in step) await pause(step.wait, signal);
    else if ('hold' in step) await pause(60_000, signal);
    else if ('fail' in step) throw failure(step.fail);
    else yield step;
  }
  if (signal?.aborted === true) stage.onAbort();
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function failure(code: FailureCode): ORPCError<'FAILURE', { code: FailureCode; message: string }> {
  return new ORPCError('FAILURE', { defined: true, data: { code, message: `played: ${code}` } });
}

function badKey(text: string, size: number): FailureCode | null {
  if (size === 0) return 'key-empty';
  if (size > 4096) return 'key-too-large';
  if (text.includes('PNG\r\n')) return 'key-binary';
  if (!text.startsWith('/key/swarm/psk/1.0.0/')) return 'key-wrong-header';
  return (text.trim().split('\n').at(-1)?.length ?? 0) === 64 ? null : 'key-wrong-length';
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

async function serve(options: { root: string }, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://local').pathname;
  if (path === '/session') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'session-token' }));
    return;
  }
  if (path === '/key') {
    response
      .writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="swarm.key"' })
      .end(`${fakeKey}\n`);
    return;
  }
  const file = join(options.root, normalize(path === '/' ? 'index.html' : path));
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': strictPolicy });
  createReadStream(file).pipe(response);
}

/** Digits of a key that protects nothing. */
export const fakeKey = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}`;

export const selfId = '12D3KooWSameSameSameSameSameSameSameSameSameSame';
export const desktopId = '12D3KooWGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpu1';
export const miniId = '12D3KooWMiniMiniMiniMiniMiniMiniMiniMiniMiniMin1';

export function done(tokens = 312, model = 'smollm2-135m-instruct'): ChatChunk {
  return { kind: 'done', reason: 'stop', model, figures: { tokens, tokensPerSecond: 41.8, timeToFirstTokenMs: 612 } };
}

export function placed(): ChatChunk {
  const leader = { peerId: desktopId, name: 'GPU-DESKTOP' };
  const placement: Placement = {
    leader,
    model: 'smollm2-135m-instruct',
    local: false,
    reason: 'loaded',
    candidates: [
      { leader, loaded: true, freeSlots: 3, waiting: 0, latencyMs: 2.4 },
      { leader: { peerId: miniId, name: 'mac-mini' }, loaded: false, freeSlots: 2, waiting: 0, latencyMs: 5.1 },
      { leader: { peerId: selfId, name: 'thinkpad' }, excluded: 'not-a-leader', loaded: false, freeSlots: 0, waiting: 0, latencyMs: null },
    ],
  };
  return { kind: 'placed', placement };
}

/** A laptop without GPU; `key: null` is a first run. */
export function laptopView(change: Partial<SwarmView> = {}): SwarmView {
  return {
    revision: 1,
    self: {
      peerId: selfId,
      name: 'thinkpad',
      version: '0.1.0',
      addresses: [`/ip4/192.168.1.31/tcp/4101/p2p/${selfId}`],
      role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: { peerId: desktopId, name: 'GPU-DESKTOP' } } },
      hardware: {
        os: 'Debian 12',
        arch: 'x64',
        cpu: { model: 'Intel Core i5-8250U', cores: 4 },
        ram: { totalMb: 7800, freeMb: 3100 },
        gpus: [],
        load: 0.12,
        battery: { percent: 71, charging: false },
      },
      engine: {
        kind: 'embedded',
        version: '3.22.1',
        state: { kind: 'ready' },
        device: { kind: 'cpu', name: 'CPU (AVX2, 4 threads)', why: 'No GPU that the engine can use was found.' },
        slots: { total: 2, free: 2 },
      },
      models: [{ name: 'smollm2-135m-instruct', sizeBytes: 98_000_000, loaded: false, quantization: 'Q4_1' }],
      identity: 'file',
      ciphers: 'native',
    },
    key: { fingerprint: '4f-a2-09-1c' },
    membership: noMembership,
    peers: [gpuDesktop(), macMini()],
    otherSwarms: 0,
    troubles: [],
    settings: {
      name: 'thinkpad',
      role: 'subordinate',
      engine: 'embedded',
      swarmPort: 4101,
      webPort: 4180,
      seedDiscovery: false,
      open: false,
      allowVulnerableEngine: false,
      addresses: [],
      colorScheme: 'light',
    },
    ...change,
  };
}

export function gpuDesktop(): SwarmView['peers'][number] {
  return {
    peerId: desktopId,
    name: 'GPU-DESKTOP',
    state: 'connected',
    addresses: ['/ip4/192.168.1.20/tcp/4101'],
    latencyMs: 2.4,
    lastSeen: Date.now(),
    offer: {
      revision: 7,
      name: 'GPU-DESKTOP',
      version: '0.1.0',
      role: 'leader',
      hardware: {
        os: 'Windows 11',
        arch: 'x64',
        cpu: { model: 'AMD Ryzen 9 7950X', cores: 16 },
        ram: { totalMb: 65_536, freeMb: 41_200 },
        gpus: [{ name: 'NVIDIA GeForce RTX 4090', vramMb: 24_564, vramFreeMb: 18_100, unified: false }],
        load: 0.31,
        battery: null,
      },
      leads: {
        models: [
          { name: 'smollm2-135m-instruct', sizeBytes: 98_000_000, loaded: true },
          { name: 'qwen3:8b', sizeBytes: 5_200_000_000, loaded: false },
          { name: 'llama3.3:70b-instruct-q3_K_M', sizeBytes: 34_000_000_000, loaded: false },
        ],
        slots: { total: 4, free: 3 },
        waiting: 0,
        maxWaiting: 16,
        engine: { kind: 'ollama', device: { kind: 'gpu', name: 'NVIDIA GeForce RTX 4090', why: '' } },
      },
    },
  };
}

export function macMini(): SwarmView['peers'][number] {
  return {
    peerId: miniId,
    name: 'mac-mini',
    state: 'away',
    addresses: ['/ip4/192.168.1.44/tcp/4101'],
    latencyMs: null,
    lastSeen: Date.now() - 26 * 60_000,
    offer: {
      revision: 3,
      name: 'mac-mini',
      version: '0.1.0',
      role: 'leader',
      hardware: {
        os: 'macOS 26',
        arch: 'arm64',
        cpu: { model: 'Apple M2', cores: 8 },
        ram: { totalMb: 16_384, freeMb: null },
        gpus: [{ name: 'Apple M2', vramMb: null, vramFreeMb: null, unified: true }],
        load: null,
        battery: null,
      },
      leads: null,
    },
  };
}
