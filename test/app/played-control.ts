// The control contract of the played node: all but who is in (played-trust.ts).
import { implement } from '@orpc/server';
import { markdownText } from '../../src-main/store/conversations/markdown-format.ts';
import { ownText } from '../../src-main/store/conversations/own-format.ts';
import { defaultSettings } from '../../src-main/store/settings-store.ts';
import { control } from '../../src-shared/control.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { failure, play, played } from './played-answers.ts';
import { playedConversations } from './played-conversations.ts';
import { playedDownloads } from './played-downloads.ts';
import { playedEngines, playedServers } from './played-engines.ts';
import { founded, selfId } from './played-household.ts';
import { badKey } from './played-secrets.ts';
import { following } from './played-stage.ts';
import type { Stage } from './played-stage.ts';
import { fakeTrust } from './played-trust.ts';

/** Answers every call of the window but the members'. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the router's type is oRPC's
export function fakeControl(stage: Stage) {
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
      preview: os.key.preview.handler(({ input }) => {
        note('key.preview', { ...input, content: input.content.length });
        const code = badKey(Buffer.from(input.content, 'base64').toString('latin1'), input.size);
        if (code !== null) throw failure(code);
        return { fingerprint: '7b-10-ee-52' };
      }),
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
      // nobody else changes them
      news: os.conversations.news.handler(async function* ({ signal }) {
        yield [];
        await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
      }),
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
      revise: os.conversations.revise.handler(({ input }) => {
        note('conversations.revise', input);
        kept.revise(input);
      }),
      fork: os.conversations.fork.handler(({ input }) => {
        note('conversations.fork', input);
        kept.fork(input.id, input.messageId, input.newId);
      }),
      summarise: os.conversations.summarise.handler(async ({ input, signal }) => {
        note('conversations.summarise', input);
        let summary = '';
        for await (const chunk of play(stage, stage.script('Summarise'), signal)) if (chunk.kind === 'text') summary += chunk.text;
        if (signal?.aborted === true) return;
        const { title, model, parameters } = kept.found(input.id);
        kept.create(input.newId, title);
        kept.update({ id: input.newId, system: summary, model, parameters, continues: input.id });
      }),
      search: os.conversations.search.handler(async ({ input }) => {
        await stage.searched();
        return kept.search(input.text).slice(0, input.limit);
      }),
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
      look: os.engines.look.handler(() => playedEngines(stage.view(), stage.ollama(), stage.servers())),
      servers: os.engines.servers.handler(() => playedServers(stage.servers())),
      setKey: os.engines.setKey.handler(({ input }) => {
        note('engines.setKey', input);
        if (stage.view().settings.openaiUrl === undefined) throw failure('bad-request');
        stage.change((view) => ({ ...view, self: { ...view.self, serverKey: input.key === null ? undefined : 'kept' } }));
      }),
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
    doctor: os.doctor.handler(async () => ({ checks: await stage.checks() })),
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
    ([key, value]) => value !== null || !['language', 'model', 'ollamaUrl', 'openaiUrl', 'tuning'].includes(key),
  );
  return Object.fromEntries(kept) as Settings;
}
