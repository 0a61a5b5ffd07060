// A node that is played: the control contract over a loopback WebSocket with scripted data, and the built window beside it.
// It behaves (a key is remembered, a draft is kept, an answer streams), so that the window can be tested without machines and models.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { ChatChunk, Placement } from '../../src-shared/chat.ts';
import { control, secretRequest } from '../../src-shared/control.ts';
import type { SecretRequest } from '../../src-shared/control.ts';
import type { Conversation } from '../../src-shared/conversation.ts';
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { defaultPermissions, noMembership } from '../../src-shared/member.ts';
import type { Applicant, LedgerEntry, MembershipView, MemberView, NearbyDoor } from '../../src-shared/member.ts';
import { contentSecurityPolicy } from '../../src-shared/page-policy.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { defaultSettings } from '../../src-main/store/settings-store.ts';
import { markdownText } from '../../src-main/store/conversations/markdown-format.ts';
import { ownText } from '../../src-main/store/conversations/own-format.ts';
import { unknownRow } from '../../src-main/swarm/placement.ts';
import { failure, pause, play, played } from './played-answers.ts';
import { playedConversations } from './played-conversations.ts';
import { playedDownloads } from './played-downloads.ts';
import { playedEngines, type PlayedOllama } from './played-engines.ts';
import type { AnswerScript } from './played-answers.ts';

/** As in production. */
const policy = contentSecurityPolicy("'self'");

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
  /** Another machine knocks, or gives up. */
  knock: (applicant: Applicant) => void;
  /** A wrong code came; the third one closes. `expire`: the two minutes are over. */
  wrongCode: () => void;
  expireCode: () => void;
  /** Windows that hold "Add a device" open. */
  holding: () => number;
  /** The other side of joining by code says yes. */
  welcome: () => void;
  ledger: { entries: LedgerEntry[]; brokenAt: number | null; missing: number };
  /** The Ollama of this machine; null: nobody answers there. */
  ollama: (found: PlayedOllama | null) => void;
  /** What the machine sees of why nobody is found. */
  discovery: (report: DiscoveryReport) => void;
  /** Who adds a device nearby. */
  nearby: (doors: NearbyDoor[]) => void;
  stop: () => Promise<void>;
};

/** What is there now, and again after each change. */
async function* following<T>(watchers: Set<() => void>, now: () => T, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  let wake: () => void = () => undefined;
  const watcher = (): void => wake();
  watchers.add(watcher);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      yield now();
      await changed;
      if (signal?.aborted === true) return;
    }
  } finally {
    watchers.delete(watcher);
  }
}

export async function startFakeNode(options: { view: SwarmView; root: string }): Promise<FakeNode> {
  let view = options.view;
  let script: AnswerScript = () => [{ kind: 'text', text: 'Hello.' }, done()];
  let aborted = 0;
  let refusing = false;
  const watchers = new Set<() => void>();
  const conversations = new Map<string, Conversation>();
  const calls: FakeNode['calls'] = [];
  const sockets = new Set<WebSocket>();
  const ledger: FakeNode['ledger'] = { entries: [], brokenAt: null, missing: 0 };
  const holds = new Set<(why: FailureCode | null) => void>();
  let ollama: PlayedOllama | null = null;
  let discovery: DiscoveryReport = { findings: [], settled: true };
  let welcome: () => void = () => undefined;
  let doors: NearbyDoor[] = [];

  const change: FakeNode['change'] = (edit) => {
    view = { ...edit(view), revision: view.revision + 1 };
    for (const watcher of watchers) watcher();
  };
  const changeMembership = (edit: (membership: MembershipView) => Partial<MembershipView>): void =>
    change((old) => ({ ...old, membership: { ...old.membership, ...edit(old.membership) } }));
  const endHolds = (why: FailureCode): void => {
    for (const end of holds) end(why);
  };
  const handler = new RPCHandler(
    fakeControl({
      view: () => view,
      change,
      watchers,
      conversations,
      calls,
      script: (question, continued) => script(question, continued),
      onAbort: () => {
        aborted++;
      },
      changeMembership,
      ledger,
      ollama: () => ollama,
      discovery: () => discovery,
      nearby: () => doors,
      holds,
      onWelcome: (then) => {
        welcome = then;
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
    knock: (applicant) => changeMembership(({ applicants }) => ({ applicants: [...applicants, applicant] })),
    wrongCode: () => {
      changeMembership(({ pairing }) => ({ pairing: pairing === null ? null : { ...pairing, triesLeft: pairing.triesLeft - 1 } }));
      if (view.membership.pairing?.triesLeft === 0) endHolds('code-wrong');
    },
    expireCode: () => {
      changeMembership(({ pairing }) => ({ pairing: pairing === null ? null : { ...pairing, expiresAt: Date.now() } }));
      endHolds('code-expired');
    },
    holding: () => holds.size,
    welcome: () => welcome(),
    ledger,
    ollama: (found) => {
      ollama = found;
    },
    discovery: (report) => {
      discovery = report;
    },
    nearby: (found) => {
      doors = found;
      for (const watcher of watchers) watcher();
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
  changeMembership: (edit: (membership: MembershipView) => Partial<MembershipView>) => void;
  ledger: FakeNode['ledger'];
  ollama: () => PlayedOllama | null;
  discovery: () => DiscoveryReport;
  nearby: () => NearbyDoor[];
  holds: Set<(why: FailureCode | null) => void>;
  onWelcome: (then: () => void) => void;
};

// oxlint-disable-next-line typescript/explicit-function-return-type -- the router's type is oRPC's
function fakeControl(stage: Stage) {
  const os = implement(control);
  const kept = playedConversations(stage.conversations);
  const note = (name: string, input?: unknown): void => void stage.calls.push({ name, input });
  const changeKey = (fingerprint: string | null): void =>
    stage.change((view) => ({
      ...view,
      key: fingerprint === null ? null : { fingerprint },
      self: { ...view.self, peerId: fingerprint === null ? null : (view.self.peerId ?? selfId) },
    }));

  return os.router({
    place: os.place.handler(() => ({ placement: null, candidates: [], failure: null })),
    view: os.view.handler(({ signal }) => following(stage.watchers, stage.view, signal)),
    pause: os.pause.handler(({ input }) => {
      note('pause', input);
      const until = input.minutes === null ? null : Date.now() + input.minutes * 60_000;
      stage.change((view) => ({
        ...view,
        settings: { ...view.settings, pausedUntil: until },
        self: { ...view.self, paused: until === null ? null : { why: 'owner', until } },
      }));
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
        stage.changeMembership(() => founded(stage.view().self.name));
      }),
      import: os.key.import.handler(({ input }) => {
        note('key.import', { ...input, content: input.content.length });
        const text = Buffer.from(input.content, 'base64').toString('latin1');
        const code = badKey(text, input.size);
        if (code !== null) throw failure(code);
        if (stage.view().key !== null && !input.replace) throw failure('key-exists');
        changeKey('7b-10-ee-52');
        stage.changeMembership(() => ({ ...noMembership, standing: 'pending' }));
      }),
      forget: os.key.forget.handler(() => {
        note('key.forget');
        changeKey(null);
        stage.changeMembership(() => noMembership);
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
    ...fakeTrust(stage, note, changeKey),
    ask: os.ask.handler(async function* ({ input, signal }) {
      yield* play(stage, stage.script(input.request.messages.at(-1)?.content ?? ''), signal);
    }),
    conversations: {
      list: os.conversations.list.handler(() => kept.list()),
      get: os.conversations.get.handler(({ input }) => kept.found(input.id)),
      create: os.conversations.create.handler(({ input }) => {
        note('conversations.create', input);
        kept.create(input.id, input.title);
      }),
      update: os.conversations.update.handler(({ input }) => {
        note('conversations.update', input);
        kept.update(input);
      }),
      remove: os.conversations.remove.handler(({ input }) => {
        note('conversations.remove', input);
        kept.remove(input.id);
      }),
      restore: os.conversations.restore.handler(({ input }) => {
        note('conversations.restore', input);
        kept.restore(input.id);
      }),
      // no model is there to make one
      title: os.conversations.title.handler(({ input }) => ({ title: kept.found(input.id).title })),
      attach: os.conversations.attach.handler(({ input }) => {
        note('conversations.attach', input);
        kept.attach(input.id, input.attachment);
      }),
      detach: os.conversations.detach.handler(({ input }) => {
        note('conversations.detach', input);
        kept.detach(input.id, input.attachmentId);
      }),
      attached: os.conversations.attached.handler(({ input }) => ({ data: kept.attached(input.attachmentId).data })),
      choose: os.conversations.choose.handler(({ input }) => {
        note('conversations.choose', input);
        kept.choose(input.id, input.messageId);
      }),
      fork: os.conversations.fork.handler(({ input }) => {
        note('conversations.fork', input);
        kept.fork(input.id, input.messageId, input.newId);
      }),
      search: os.conversations.search.handler(({ input }) => kept.search(input.text).slice(0, input.limit)),
      export: os.conversations.export.handler(async function* ({ input }) {
        note('conversations.export', input);
        const chosen = [...stage.conversations.values()].filter(({ id }) => input.id === undefined || id === input.id);
        if (input.format === 'markdown') yield* markdownText(chosen);
        else yield* ownText(chosen.map((conversation) => kept.carried(conversation)));
      }),
      import: os.conversations.import.handler(({ input }) => {
        note('conversations.import', input);
        return input.more ? null : kept.import(input.text);
      }),
      send: os.conversations.send.handler(async function* ({ input, signal }) {
        note('conversations.send', input);
        yield* played(stage, kept.found(input.id), kept.openAnswer(input), { signal });
      }),
      continue: os.conversations.continue.handler(async function* ({ input, signal }) {
        note('conversations.continue', input);
        const found = stage.conversations.get(input.id);
        const answer = found?.messages.at(-1);
        if (found === undefined || answer?.answer === undefined || answer.id !== input.answerId || answer.answer.state === 'done') {
          throw failure('bad-request');
        }
        answer.content = answer.content.slice(0, input.shown);
        Object.assign(answer.answer, { state: 'streaming', failure: null });
        yield* played(stage, found, answer, { signal, continued: { text: answer.content, wait: input.wait } });
      }),
    },
    window: { toggle: os.window.toggle.handler(() => note('window.toggle')) },
    discovery: os.discovery.handler(() => stage.discovery()),
    engines: {
      look: os.engines.look.handler(() => playedEngines(stage.view(), stage.ollama())),
      removeModel: os.engines.removeModel.handler(({ input }) => {
        note('engines.removeModel', input);
        const found = stage.view().self.models.find(({ name }) => name === input.model);
        if (found?.loaded === true) throw failure('model-in-use');
        stage.change((view) => ({
          ...view,
          self: { ...view.self, models: view.self.models.filter(({ name }) => name !== input.model) },
        }));
        return { freedBytes: found?.sizeBytes ?? null, atMost: input.engine === 'ollama' };
      }),
    },
    downloads: playedDownloads(stage, note),
    settings: {
      reset: os.settings.reset.handler(() => {
        note('settings.reset');
        stage.change((view) => {
          const { name, role, addresses } = view.settings;
          return { ...view, settings: { ...defaultSettings(), name, role, addresses } };
        });
      }),
      update: os.settings.update.handler(({ input }) => {
        note('settings.update', input);
        stage.change((view) => ({
          ...view,
          settings: withoutNull({ ...view.settings, ...input }),
          self: { ...view.self, name: input.name ?? view.self.name },
        }));
      }),
    },
    facts: os.facts.handler(() => stage.view().self.hardware),
    snapshot: os.snapshot.handler(() => {
      throw failure('not-found');
    }),
    doctor: os.doctor.handler(() => ({ checks: [] })),
    storage: os.storage.handler(() => ({
      folder: '/home/ada/.local/share/axon',
      conversations: 1_204_000,
      models: 98_000_000,
      logs: 48_000,
    })),
    diagnostics: os.diagnostics.handler(() => ({
      files: [
        { name: 'node.json', text: '{ "version": "0.1.0" }\n' },
        { name: 'log.txt', text: 'the node is up\n' },
      ],
    })),
  });
}

/** As the store: what is taken back is not set. */
function withoutNull(settings: Record<string, unknown>): Settings {
  const kept = Object.entries(settings).filter(
    ([key, value]) => value !== null || !['language', 'model', 'ollamaUrl', 'tuning'].includes(key),
  );
  return Object.fromEntries(kept) as Settings;
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- a part of the router
function fakeTrust(stage: Stage, note: (name: string, input?: unknown) => void, changeKey: (fingerprint: string | null) => void) {
  const os = implement(control);
  const change = stage.changeMembership;
  const editMember = (peerId: string, edit: Partial<MemberView>): void =>
    change(({ members }) => ({ members: members.map((member) => (member.peerId === peerId ? { ...member, ...edit } : member)) }));
  const lastAdmin = (peerId: string): boolean => {
    const { members } = stage.view().membership;
    const admins = members.filter(({ role }) => role === 'admin');
    return members.length > 1 && admins.length === 1 && admins[0]?.peerId === peerId;
  };
  return {
    members: {
      found: os.members.found.handler(() => {
        note('members.found');
        change(() => founded(stage.view().self.name));
      }),
      allow: os.members.allow.handler(({ input }) => {
        note('members.allow', input);
        const found = stage.view().membership.applicants.find(({ peerId, words }) => peerId === input.peerId && words === input.words);
        if (found === undefined) throw failure('not-found');
        change(({ applicants, members }) => ({
          applicants: applicants.filter((applicant) => applicant !== found),
          members: [...members, member(found.peerId, found.name, { connected: true })],
        }));
      }),
      refuse: os.members.refuse.handler(({ input }) => {
        note('members.refuse', input);
        change(({ applicants }) => ({ applicants: applicants.filter(({ peerId }) => peerId !== input.peerId) }));
      }),
      choose: os.members.choose.handler(({ input }) => note('members.choose', input)),
      revoke: os.members.revoke.handler(({ input }) => {
        note('members.revoke', input);
        if (lastAdmin(input.peerId)) throw failure('last-admin');
        change(({ members, removed, epoch }) => ({
          members: members.filter(({ peerId }) => peerId !== input.peerId),
          removed: [...removed, ...members.filter(({ peerId }) => peerId === input.peerId).map(({ peerId, name }) => ({ peerId, name }))],
          epoch: epoch + 1,
        }));
      }),
      rename: os.members.rename.handler(({ input }) => {
        note('members.rename', input);
        editMember(input.peerId, { name: input.name });
      }),
      setRole: os.members.setRole.handler(({ input }) => {
        note('members.setRole', input);
        if (input.role === 'member' && lastAdmin(input.peerId)) throw failure('last-admin');
        editMember(input.peerId, { role: input.role });
      }),
      setPermissions: os.members.setPermissions.handler(({ input }) => {
        note('members.setPermissions', input);
        editMember(input.peerId, { permissions: input.permissions });
      }),
      leave: os.members.leave.handler(() => {
        note('members.leave');
        changeKey(null);
        change(() => noMembership);
      }),
      recover: os.members.recover.handler(({ input }) => {
        note('members.recover', input.code.length);
        if (input.code !== recoveryWords) throw failure('recovery-wrong');
        change(() => founded(stage.view().self.name));
      }),
    },
    invites: {
      create: os.invites.create.handler(({ input }) => {
        note('invites.create', input);
        const id = `invite-${stage.view().membership.invites.length + 1}`;
        const createdAt = Date.now();
        const expiresAt = createdAt + input.minutes * 60_000;
        change(({ invites }) => ({ invites: [...invites, { id, createdAt, expiresAt, usedBy: null, shown: true, stale: false }] }));
        return { id };
      }),
      cancel: os.invites.cancel.handler(({ input }) => {
        note('invites.cancel', input);
        change(({ invites }) => ({ invites: invites.filter(({ id }) => id !== input.id) }));
      }),
      accept: os.invites.accept.handler(({ input }) => {
        note('invites.accept', { length: input.text.length, replace: input.replace });
        if (input.text !== fakeInvite) throw failure(input.text.endsWith('USED') ? 'invite-used' : 'invite-bad');
        if (stage.view().key !== null && !input.replace) throw failure('key-exists');
        changeKey('7b-10-ee-52');
        change(() => ({ ...noMembership, standing: 'member', members: household() }));
      }),
    },
    pairing: {
      hold: os.pairing.hold.handler(async function* ({ signal }) {
        note('pairing.hold');
        const ended = new Promise<FailureCode | null>((resolve) => {
          stage.holds.add(resolve);
          signal?.addEventListener('abort', () => {
            stage.holds.delete(resolve);
            resolve(null);
          });
        });
        const expiresAt = Date.now() + 120_000;
        change(() => ({ pairing: { code: 'K7QM-4XWP', expiresAt, triesLeft: 3, addresses: ['127.0.0.1:40123', '192.168.1.31:40123'] } }));
        yield true as const;
        const why = await ended;
        if (why !== null) stage.holds.clear();
        if (stage.holds.size === 0) change(() => ({ pairing: null }));
        if (why !== null) throw failure(why);
      }),
      nearby: os.pairing.nearby.handler(({ signal }) => following(stage.watchers, stage.nearby, signal)),
      join: os.pairing.join.handler(async function* ({ input, signal }) {
        note('pairing.join', input);
        yield { kind: 'searching' as const };
        if (input.code === 'NQBDYXXX') await pause(60_000, signal);
        if (input.code !== 'K7QM4XWP') throw failure(input.code === 'EXPRD234' ? 'code-expired' : 'code-wrong');
        yield { kind: 'words' as const, name: 'GPU-DESKTOP', words: 'otter-lemon-river' };
        await new Promise<void>((resolve) => {
          stage.onWelcome(resolve);
          signal?.addEventListener('abort', () => resolve());
        });
        if (signal?.aborted === true) return;
        changeKey('7b-10-ee-52');
        change(() => ({ ...noMembership, standing: 'member', members: household() }));
        yield { kind: 'joined' as const, name: 'GPU-DESKTOP' };
      }),
    },
    ledger: os.ledger.handler(({ input }) => {
      note('ledger', input);
      const { entries, brokenAt, missing } = stage.ledger;
      const newest = entries.toSorted((a, b) => b.number - a.number);
      const from = input.before;
      const below = from === undefined ? newest : newest.filter(({ number }) => number < from);
      return { entries: below.slice(0, input.limit), total: entries.length, brokenAt, missing };
    }),
  };
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
  '.woff2': 'font/woff2',
};

async function serve(options: { root: string }, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://local').pathname;
  if (path === '/session') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'session-token' }));
    return;
  }
  if (path === '/secret') {
    let body = '';
    for await (const part of request) body += String(part);
    const known = request.headers.authorization === 'Bearer session-token' && request.headers['content-type'] === 'application/json';
    const { kind, id } = secretRequest.parse(JSON.parse(body));
    const text = secrets[kind];
    if (!known || (kind.startsWith('invite') && id === undefined)) response.writeHead(401).end();
    else response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }).end(text);
    return;
  }
  const file = join(options.root, normalize(path === '/' ? 'index.html' : path));
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
  createReadStream(file).pipe(response);
}

/** Digits of a key that protects nothing. */
export const fakeKey = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}`;

/** An invite that lets nobody in, and the words of a recovery code that recovers nothing. */
export const fakeInvite = `axon-invite:${'Q0FOQVJZ'.repeat(20)}`;
export const recoveryWords = 'abandon ability able about above absent';

const secrets: Record<SecretRequest['kind'], string> = {
  key: `${fakeKey}\n`,
  invite: `${fakeInvite}\n`,
  'invite-picture': picture(),
  recovery: `${recoveryWords}\n`,
  ledger: 'number,at\r\n1,2026-11-21T09:30:00.000Z\r\n',
};

/** Looks like a QR code, and is none. */
function picture(): string {
  const size = 33;
  const corner = (x: number, y: number): boolean => x < 7 && y < 7 && (x % 6 === 0 || y % 6 === 0 || (x > 1 && x < 5 && y > 1 && y < 5));
  const dark = (x: number, y: number): boolean => {
    const [ax, ay] = [Math.min(x, size - 1 - x), Math.min(y, size - 1 - y)];
    if (ax < 8 && ay < 8 && !(x > size / 2 && y > size / 2)) return corner(ax, ay);
    return (x * 7 + y * 13 + x * y * 3) % 5 < 2;
  };
  let path = '';
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (dark(x, y)) path += `M${x + 2} ${y + 2}h1v1h-1z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size + 4} ${size + 4}"><path fill="#fff" d="M0 0h${size + 4}v${size + 4}H0z"/><path d="${path}"/></svg>`;
}

export const selfId = '12D3KooWSameSameSameSameSameSameSameSameSameSame';
export const desktopId = '12D3KooWGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpu1';
export const miniId = '12D3KooWMiniMiniMiniMiniMiniMiniMiniMiniMiniMin1';

export const laptopId = '12D3KooWLaptopLaptopLaptopLaptopLaptopLaptopLapt';

export function member(peerId: string, name: string, change: Partial<MemberView> = {}): MemberView {
  return {
    peerId,
    name,
    role: 'member',
    permissions: defaultPermissions,
    self: peerId === selfId,
    connected: false,
    lastSeen: null,
    usedToday: { answers: 0, tokens: 0 },
    ...change,
  };
}

/** The members of laptopView: this machine and the desktop are admins. */
export function household(): MemberView[] {
  return [
    member(selfId, 'thinkpad', { role: 'admin', connected: true }),
    member(desktopId, 'GPU-DESKTOP', { role: 'admin', connected: true, lastSeen: Date.now() }),
    member(miniId, 'mac-mini', { lastSeen: Date.now() - 26 * 60_000, usedToday: { answers: 3, tokens: 1204 } }),
  ];
}

function founded(name: string): MembershipView {
  return { ...noMembership, standing: 'admin', epoch: 1, members: [member(selfId, name, { role: 'admin', connected: true })] };
}

export const applicant = (change: Partial<Applicant> = {}): Applicant => ({
  peerId: laptopId,
  name: 'LAPTOP-A',
  words: 'otter-lemon-river',
  since: Date.now(),
  by: 'code',
  ...change,
});

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
      {
        ...unknownRow(leader),
        score: 81.3,
        parts: {
          speed: 12.6,
          wait: 18,
          loaded: 14,
          memory: 5.8,
          gpu: 6,
          pressure: 4.9,
          latency: 4.8,
          locality: 3,
          affinity: 7.2,
          owner: 5,
        },
        loaded: true,
        freeSlots: 3,
        waitMs: 0,
        tokensPerSecond: 44.1,
        measured: true,
        latencyMs: 2.4,
        freeMb: 21_400,
      },
      {
        ...unknownRow({ peerId: miniId, name: 'mac-mini' }),
        score: 45.1,
        parts: { speed: 9.1, wait: 9.8, loaded: 0, memory: 3.5, gpu: 6, pressure: 4.2, latency: 4.5, locality: 3, affinity: 0, owner: 5 },
        freeSlots: 0,
        waiting: 1,
        waitMs: 3400,
        tokensPerSecond: 24.5,
        latencyMs: 5.1,
        freeMb: 6100,
        reservedMb: 512,
      },
      { ...unknownRow({ peerId: selfId, name: 'thinkpad' }), excluded: 'not-a-leader' },
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
      paused: null,
    },
    key: { fingerprint: '4f-a2-09-1c' },
    membership: { ...noMembership, standing: 'admin', epoch: 1, members: household() },
    peers: [gpuDesktop(), macMini()],
    otherSwarms: 0,
    troubles: [],
    settings: { ...defaultSettings('thinkpad'), colorScheme: 'light' },
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
