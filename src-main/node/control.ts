// The handlers of the control contract. Failures keep their code on the way out; everything else becomes `internal`.
import { implement, ORPCError } from '@orpc/server';
import { control } from '../../src-shared/control.ts';
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { DoctorReport } from '../../src-shared/doctor.ts';
import type { DiagnosticReport, StorageFacts } from '../../src-shared/upkeep.ts';
import { Failure, isCancel, toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { SwarmSnapshot } from '../../src-shared/snapshot.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Conversations } from '../store/conversations/conversations.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Network } from '../swarm/ports.ts';
import type { Answering, Facing } from './answering.ts';
import type { Asking } from './asking.ts';
import type { ConversationNews } from './conversation-news.ts';
import { uploads } from './importing.ts';
import type { Downloads } from './downloads.ts';
import type { LocalEngines } from './local-engines.ts';
import type { Membership } from './membership.ts';
import type { Owner } from './owner.ts';
import { summarising } from './summarising.ts';
import type { Titling } from './titling.ts';

/** What the handlers do to the node. */
export type Handled = Owner & {
  clock: Clock;
  log: Log;
  watch(signal: AbortSignal): AsyncIterable<SwarmView>;
  doctor(): Promise<DoctorReport>;
  discovery(): Promise<DiscoveryReport>;
  storage(): Promise<StorageFacts>;
  diagnostics(): Promise<DiagnosticReport>;
  facts(): Promise<HardwareFacts>;
  snapshot(cached: boolean): SwarmSnapshot;
  engines: LocalEngines;
  downloads: Downloads;
  network(): Network | null;
  members: Membership;
  ledger: Ledger;
  settings(): Settings;
  asking: Asking;
  news: ConversationNews;
  answers: Answering;
  titles: Titling;
};

/** The router that api/ and desktop/ serve at their doors. */
export function controlRouter(owner: Handled) {
  const os = implement(control).$context<Facing>();
  const { asking, answers, titles, members, ledger, news } = owner;
  /** What the node itself does with them. */
  const conversations = news.by(undefined);
  const by = ({ face }: Facing): Conversations => news.by(face);
  const { actions, pairing } = members;
  const summarise = summarising({ conversations, ask: (request, peer, signal) => asking.ask(request, peer, signal) });
  const upload = uploads((text) => conversations.import(text));

  const rethrow = (error: unknown): never => {
    if (error instanceof ORPCError || isCancel(error)) throw error;
    const failure = toFailure(error);
    if (failure.code === 'internal') owner.log.error('a control call failed', { reason: failure.message });
    throw new ORPCError('FAILURE', { defined: true, data: failure.toShape(), message: failure.message });
  };
  const failing = async <T>(run: () => T | Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      return rethrow(error);
    }
  };
  async function* streaming<T>(outer: AbortSignal | undefined, run: (signal: AbortSignal) => AsyncIterable<T>): AsyncGenerator<T, void> {
    const stop = new AbortController();
    const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
    try {
      yield* run(signal);
    } catch (error) {
      rethrow(error);
    } finally {
      stop.abort();
    }
  }

  return os.router({
    view: os.view.handler(({ signal }) => streaming(signal, (stop) => owner.watch(stop))),
    role: { set: os.role.set.handler(({ input }) => failing(() => owner.setRole(input.role))) },
    pause: os.pause.handler(({ input }) => failing(() => owner.pause(input.minutes, input.atOnce))),
    key: {
      preview: os.key.preview.handler(({ input }) =>
        failing(() => ({ fingerprint: owner.previewKey(new Uint8Array(Buffer.from(input.content, 'base64')), input.size) })),
      ),
      create: os.key.create.handler(() => failing(() => owner.createKey())),
      import: os.key.import.handler(({ input }) =>
        failing(() => owner.importKey(new Uint8Array(Buffer.from(input.content, 'base64')), input.size, input.replace)),
      ),
      forget: os.key.forget.handler(() => failing(() => owner.forgetKey())),
    },
    peers: {
      add: os.peers.add.handler(({ input, signal }) => failing(() => owner.addPeer(input.address, signal ?? AbortSignal.timeout(30_000)))),
      forget: os.peers.forget.handler(({ input }) => failing(() => owner.forgetPeer(input.peerId))),
    },
    members: {
      found: os.members.found.handler(() => failing(() => actions.found())),
      allow: os.members.allow.handler(({ input }) => failing(() => actions.allow(input.peerId, input.words))),
      refuse: os.members.refuse.handler(({ input }) => failing(() => actions.refuse(input.peerId))),
      choose: os.members.choose.handler(({ input }) => failing(() => members.choose(input.peerId))),
      revoke: os.members.revoke.handler(({ input }) => failing(() => actions.revoke(input.peerId))),
      rename: os.members.rename.handler(({ input }) => failing(() => actions.rename(input.peerId, input.name))),
      setRole: os.members.setRole.handler(({ input }) => failing(() => actions.setRole(input.peerId, input.role))),
      setPermissions: os.members.setPermissions.handler(({ input }) =>
        failing(() => actions.setPermissions(input.peerId, input.permissions)),
      ),
      leave: os.members.leave.handler(() => failing(() => actions.leave())),
      recover: os.members.recover.handler(({ input }) => failing(() => actions.recover(input.code))),
    },
    invites: {
      create: os.invites.create.handler(({ input }) => failing(() => ({ id: members.createInvite(input.minutes, input.permissions) }))),
      cancel: os.invites.cancel.handler(({ input }) => failing(() => members.cancelInvite(input.id))),
      accept: os.invites.accept.handler(({ input }) => failing(() => members.acceptInvite(input.text, input.replace))),
    },
    pairing: {
      hold: os.pairing.hold.handler(({ signal }) => streaming(signal, (stop) => pairing.hold(stop))),
      nearby: os.pairing.nearby.handler(({ signal }) => streaming(signal, (stop) => pairing.nearby(stop))),
      join: os.pairing.join.handler(({ input, signal }) => streaming(signal, (stop) => pairing.join(input.code, input.address, stop))),
    },
    ledger: os.ledger.handler(({ input }) => failing(() => ledger.page(input))),
    ask: os.ask.handler(({ input, signal }) => streaming(signal, (stop) => asking.ask(input.request, input.peer, stop))),
    place: os.place.handler(({ input }) => failing(() => asking.survey(input.request, input.peer))),
    conversations: {
      news: os.conversations.news.handler(({ signal, context }) => streaming(signal, (stop) => news.watch(context.face, stop))),
      list: os.conversations.list.handler(() => failing(() => conversations.list())),
      get: os.conversations.get.handler(({ input }) => failing(() => conversations.get(input.id))),
      create: os.conversations.create.handler(({ input, context }) => failing(() => by(context).create(input.id, input.title))),
      update: os.conversations.update.handler(({ input: { id, ...patch }, context }) => failing(() => by(context).update(id, patch))),
      remove: os.conversations.remove.handler(({ input, context }) =>
        failing(() => {
          answers.drop(input.id);
          by(context).remove(input.id);
        }),
      ),
      restore: os.conversations.restore.handler(({ input, context }) => failing(() => by(context).restore(input.id))),
      title: os.conversations.title.handler(({ input, signal }) =>
        failing(async () => ({ title: await titles.title(input.id, signal ?? new AbortController().signal) })),
      ),
      attach: os.conversations.attach.handler(({ input }) => failing(() => conversations.attach(input.id, input.attachment))),
      detach: os.conversations.detach.handler(({ input }) => failing(() => conversations.detach(input.id, input.attachmentId))),
      attached: os.conversations.attached.handler(({ input }) =>
        failing(() => ({ data: conversations.attached(input.id, input.attachmentId) })),
      ),
      choose: os.conversations.choose.handler(({ input, context }) => failing(() => by(context).choose(input.id, input.messageId))),
      revise: os.conversations.revise.handler(({ input: { id, ...revision }, context }) => failing(() => by(context).revise(id, revision))),
      fork: os.conversations.fork.handler(({ input, context }) => failing(() => by(context).fork(input.id, input.messageId, input.newId))),
      summarise: os.conversations.summarise.handler(({ input, signal }) =>
        failing(() => {
          titles.giveWay();
          return summarise(input, signal ?? new AbortController().signal);
        }),
      ),
      search: os.conversations.search.handler(({ input }) => failing(() => conversations.search(input.text, input.limit))),
      export: os.conversations.export.handler(({ input, signal }) =>
        streaming(signal, async function* () {
          yield* conversations.export(input.id ?? null, input.format);
        }),
      ),
      import: os.conversations.import.handler(({ input }) => failing(() => upload(input))),
      send: os.conversations.send.handler(({ input, signal, context }) =>
        streaming(signal, (stop) => {
          titles.giveWay();
          return answers.send(input, context, stop);
        }),
      ),
      continue: os.conversations.continue.handler(({ input, signal, context }) =>
        streaming(signal, (stop) => {
          titles.giveWay();
          return answers.goOn(input, context, stop);
        }),
      ),
    },
    engines: {
      look: os.engines.look.handler(() => failing(() => owner.engines.look())),
      servers: os.engines.servers.handler(() => failing(() => owner.engines.servers())),
      setKey: os.engines.setKey.handler(({ input }) => failing(() => owner.setServerKey(input.key))),
      removeModel: os.engines.removeModel.handler(({ input }) => failing(() => owner.engines.removeModel(input.engine, input.model))),
    },
    downloads: {
      suggest: os.downloads.suggest.handler(() => failing(() => owner.engines.suggest())),
      start: os.downloads.start.handler(({ input }) => failing(() => owner.downloads.start(input))),
      pause: os.downloads.pause.handler(({ input }) => failing(() => owner.downloads.pause(input.id))),
      resume: os.downloads.resume.handler(({ input }) => failing(() => owner.downloads.resume(input.id))),
      cancel: os.downloads.cancel.handler(({ input }) => failing(() => owner.downloads.cancel(input.id))),
      elsewhere: os.downloads.elsewhere.handler(({ input: { peerId, ...wish }, signal }) =>
        failing(() => {
          const network = owner.network();
          if (network === null) throw new Failure('no-key', 'This machine is in no swarm.');
          return network.models(peerId, wish, signal ?? new AbortController().signal);
        }),
      ),
    },
    settings: {
      update: os.settings.update.handler(({ input }) => failing(() => owner.updateSettings(input))),
      reset: os.settings.reset.handler(() => failing(() => owner.resetSettings())),
    },
    facts: os.facts.handler(() => failing(() => owner.facts())),
    snapshot: os.snapshot.handler(({ input }) => failing(() => owner.snapshot(input.cached))),
    doctor: os.doctor.handler(() => failing(() => owner.doctor())),
    window: { toggle: os.window.toggle.handler(() => failing(() => owner.toggleWindow())) },
    discovery: os.discovery.handler(() => failing(() => owner.discovery())),
    storage: os.storage.handler(() => failing(() => owner.storage())),
    diagnostics: os.diagnostics.handler(() => failing(() => owner.diagnostics())),
  });
}
