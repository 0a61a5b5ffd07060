// THE composition root: connects the rooms, derives the view, and does what the owner asks. It decides nothing itself.
import type { FailureShape } from '../src-shared/failure.ts';
import type { ChatChunk, ChatRequest } from '../src-shared/chat.ts';
import { isWithheld } from '../src-shared/engine.ts';
import { Failure, toFailure } from '../src-shared/failure.ts';
import type { HardwareFacts } from '../src-shared/hardware.ts';
import { noMembership } from '../src-shared/member.ts';
import type { Offer, PeerId } from '../src-shared/peer.ts';
import type { SettingsPatch } from '../src-shared/settings.ts';
import type { SwarmView } from '../src-shared/swarm-view.ts';
import { asking } from './node/asking.ts';
import { controlRouter } from './node/control.ts';
import { examine } from './node/doctor.ts';
import { leading } from './node/leading.ts';
import { linking } from './node/linking.ts';
import type { NodeOptions } from './node/options.ts';
import { knownPeers } from './node/peers.ts';
import { signal as changeSignal } from './node/change.ts';
import { leads, roleActualOf } from './swarm/decide.ts';
import { place, type Candidate } from './swarm/placement.ts';
import type { NetworkEvent } from './swarm/ports.ts';

/** At most this often the view goes out (10 a second) and the offer is announced (4 a second), ms. */
const viewEveryMs = 100;
const offerEveryMs = 250;
/** A slow look at the graphics card (PowerShell, at times) does not keep the node from starting, ms. */
const hardwareWaitMs = 1_000;

export type Node = {
  /** The oRPC router of src-shared/control.ts. */
  readonly control: ReturnType<typeof controlRouter>;
  view(): SwarmView;
  /** Called with each new view; returns the unsubscriber. */
  onView(seen: (view: SwarmView) => void): () => void;
  /** Wake or a change of network: redial now. */
  nudge(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export function createNode(options: NodeOptions): Node {
  const { clock, log, settings } = options;
  const troubles = new Map<'listen' | 'mdns', FailureShape>();
  let otherSwarms = 0;
  let listening: string[] = [];
  let machine = unknownHardware;
  let announced = { body: '', revision: 0 };

  const changes = changeSignal(clock, viewEveryMs, () => publish());
  const changed = (): void => {
    changes.mark();
    announceSoon();
  };
  const peers = knownPeers(
    () => clock.date(),
    (peerId, name) => options.peers.remember(peerId, { name }),
  );
  const lead = leading({ engine: options.engine, log, changed });
  const link = linking(options, { serve: serveOthers, onEvent: hear, changed });
  const unwatchHardware = options.hardware.watch((facts) => {
    machine = facts;
    changed();
  });

  function hear(event: NetworkEvent): void {
    peers.hear(event);
    if (event.kind === 'other-swarms') otherSwarms = event.count;
    if (event.kind === 'listening') listening = event.addresses;
    if (event.kind === 'trouble') {
      if (event.failure === null) troubles.delete(event.about);
      else troubles.set(event.about, event.failure);
    }
    if (event.kind === 'connected' || event.kind === 'disconnected') log.info(`peer ${event.kind}`, { peerId: event.peerId });
    changed();
  }

  const self = (): PeerId | null => link.network()?.peerId ?? null;

  function candidates(): Candidate[] {
    const own = self();
    const local: Candidate[] =
      own === null ? [] : [{ peerId: own, name: settings.get().name, local: true, connected: true, latencyMs: 0, offer: offerTo('self') }];
    return [...local, ...peers.candidates()];
  }

  function roleFacts() {
    return {
      wanted: settings.get().role,
      key: link.fingerprint() !== null,
      network: link.state(),
      engine: lead.engine()?.facts() ?? null,
      models: lead.models().length,
      running: lead.admission.running(),
      waiting: lead.admission.waiting(),
      draining: lead.draining,
    };
  }

  const withheld = (): boolean => isWithheld(lead.engine()?.facts() ?? null, settings.get());

  /** Peers may ask what is not offered. */
  async function* serveOthers(request: ChatRequest, signal: AbortSignal, from: PeerId): AsyncGenerator<ChatChunk> {
    if (withheld()) throw vulnerable();
    yield* lead.admission.chat(request, signal, from);
  }

  function offerTo(whom: 'self' | 'others'): Offer {
    const facts = roleFacts();
    const { name, role } = settings.get();
    const engine = facts.engine;
    const total = Math.max(1, engine?.slots.total ?? 1);
    const open = engine !== null && leads(roleActualOf({ ...facts, leader: null })) && (whom === 'self' || !withheld());
    return {
      revision: announced.revision,
      name,
      version: options.version,
      role,
      hardware: coarse(machine),
      leads: open
        ? {
            models: lead.models().slice(0, 256),
            slots: { total, free: Math.max(0, total - facts.running) },
            waiting: facts.waiting,
            maxWaiting: lead.admission.maxWaiting,
            engine: { kind: engine.kind, device: engine.device },
          }
        : null,
    };
  }

  let announceTimer: (() => void) | null = null;
  function announceSoon(): void {
    announceTimer ??= clock.after(offerEveryMs, () => {
      announceTimer = null;
      announce();
    });
  }
  function announce(): void {
    const network = link.network();
    const offer = offerTo('others');
    if (network === null) return;
    const body = JSON.stringify({ ...offer, revision: 0 });
    if (body === announced.body) return;
    announced = { body, revision: Math.max(announced.revision + 1, Math.floor(clock.date())) };
    network.announce({ ...offer, revision: announced.revision });
  }

  let revision = 0;
  let current = build();
  const seers = new Set<(view: SwarmView) => void>();
  function build(): SwarmView {
    const facts = roleFacts();
    const leader = settings.get().role === 'subordinate' ? leaderNow() : null;
    const listen = troubles.get('listen');
    const mdns = troubles.get('mdns');
    const damaged = settings.damaged
      ? new Failure('internal', 'The settings file was damaged; the last good one is in force.').toShape()
      : undefined;
    const failed = typeof facts.network === 'object' ? facts.network.failed : undefined;
    return {
      revision: (revision += 1),
      self: {
        peerId: self(),
        name: settings.get().name,
        version: options.version,
        addresses: self() === null ? [] : listening,
        role: { wanted: facts.wanted, actual: roleActualOf({ ...facts, leader }) },
        hardware: machine,
        engine: facts.engine,
        models: lead.models(),
        identity: link.identity(),
        ciphers: link.network()?.ciphers ?? 'native',
      },
      key: link.fingerprint() === null ? null : { fingerprint: link.fingerprint() ?? '' },
      // until node/trusting.ts: whoever has the key is in
      membership: { ...noMembership, standing: link.fingerprint() === null ? 'none' : 'member', open: true },
      peers: peers.views(),
      otherSwarms,
      // on another port than the wished one it works as well: that is the doctor's business
      troubles: [
        failed,
        listening.length === 0 ? listen : undefined,
        withheld() ? vulnerable().toShape() : undefined,
        mdns,
        damaged,
      ].filter((trouble) => trouble !== undefined),
      settings: settings.get(),
    };
  }
  function leaderNow(): { peerId: string; name: string } | null {
    try {
      return place({ id: '', messages: [], parameters: {} }, candidates()).leader;
    } catch {
      return null;
    }
  }
  function publish(): void {
    current = build();
    for (const seer of seers) seer(current);
  }

  async function* watch(signal: AbortSignal): AsyncGenerator<SwarmView> {
    let sent = -1;
    while (!signal.aborted) {
      if (current.revision !== sent) {
        sent = current.revision;
        yield current;
      } else if (!(await changes.next(signal))) return;
    }
  }

  const applyRole = (): void => lead.want(settings.get().role === 'leader' && link.network() !== null, settings.get());
  const relink = async (): Promise<void> => {
    peers.clear(options.peers.all());
    troubles.clear();
    otherSwarms = 0;
    listening = [];
    announced = { body: '', revision: announced.revision };
    await link.restart();
    applyRole();
    changed();
  };
  const writeKey = async (key: Uint8Array): Promise<void> => {
    options.keyFile.write(options.keyFormat.text(key));
    // other people's machines are not this swarm's
    options.peers.clear();
    await relink();
  };
  const updateSettings = async (patch: SettingsPatch): Promise<void> => {
    const before = settings.get();
    const after = settings.update(patch);
    changed();
    if (before.swarmPort !== after.swarmPort || before.seedDiscovery !== after.seedDiscovery) await relink();
    else applyRole();
  };

  const control = controlRouter({
    clock,
    log,
    watch,
    setRole(role) {
      settings.update({ role });
      applyRole();
      changed();
    },
    async createKey() {
      if (options.keyFile.read() !== undefined) throw new Failure('key-exists', 'There is a swarm.key already.');
      await writeKey(options.keyFormat.create());
    },
    async importKey(content, size, replace) {
      const key = options.keyFormat.parse(content, { size });
      if (link.fingerprint() === options.keyFormat.fingerprint(key)) return;
      if (options.keyFile.read() !== undefined && !replace) throw new Failure('key-exists', 'This machine is in another swarm already.');
      await writeKey(key);
    },
    async forgetKey() {
      options.keyFile.forget();
      options.peers.clear();
      await relink();
    },
    async addPeer(address, signal) {
      const network = link.network();
      if (network === null) throw new Failure('no-key', 'This machine is in no swarm yet.');
      const remember = (): void => {
        const known = settings.get().addresses;
        if (!known.includes(address)) settings.update({ addresses: [address, ...known].slice(0, 64) });
      };
      try {
        await network.dial(address, signal);
        remember();
      } catch (error) {
        // a machine that is off now may be on later; another key will not become ours
        if (toFailure(error).code === 'not-reachable') remember();
        throw error;
      } finally {
        changed();
      }
    },
    async forgetPeer(peerId) {
      const gone = peers.get(peerId)?.addresses ?? [];
      settings.update({
        addresses: settings
          .get()
          .addresses.filter((address) => !address.includes(peerId) && !gone.some((known) => sameEndpoint(known, address))),
      });
      options.peers.forget(peerId);
      await link.network()?.forget(peerId);
      peers.forget(peerId);
      changed();
    },
    updateSettings,
    async doctor() {
      return examine({
        view: build(),
        listen: troubles.get('listen') ?? null,
        mdns: troubles.get('mdns') ?? null,
        models: await runnableModels(),
      });
    },
    asking: asking({
      clock,
      network: () => link.network(),
      candidates,
      self,
      serve: (request, signal, from) => lead.admission.chat(request, signal, from),
      change: async (signal) => {
        if (!(await changes.next(signal))) throw signal.reason;
      },
    }),
    conversations: options.conversations,
  });

  async function lookAtMachine(): Promise<void> {
    try {
      machine = await options.hardware.facts();
      changed();
    } catch (error) {
      log.warn('the hardware could not be looked at', { reason: String(error) });
    }
  }

  async function runnableModels(): Promise<number | FailureShape> {
    const running = lead.engine();
    const engine = running ?? options.engine(settings.get());
    try {
      return (await engine.models()).length;
    } catch (error) {
      return toFailure(error).toShape();
    } finally {
      if (running === null) await engine.stop();
    }
  }

  return {
    control,
    view: () => current,
    onView(seen) {
      seers.add(seen);
      return () => void seers.delete(seen);
    },
    nudge: () => link.network()?.nudge(),
    async start() {
      await Promise.race([lookAtMachine(), new Promise<void>((resolve) => clock.after(hardwareWaitMs, resolve))]);
      await relink();
      publish();
    },
    async stop() {
      announceTimer?.();
      changes.stop();
      unwatchHardware();
      options.hardware.stop();
      await link.stop();
      await lead.stop();
      options.conversations.close();
    },
  };
}

const vulnerable = (): Failure =>
  new Failure('engine-vulnerable', 'The version of the engine has a known hole, so it is not lent to others.');

const unknownHardware: HardwareFacts = {
  os: 'unknown',
  arch: 'unknown',
  cpu: { model: 'unknown', cores: null },
  ram: { totalMb: null, freeMb: null },
  gpus: [],
  load: null,
  battery: null,
};

/** Rounded, so that the hum of an idle machine is no news to everybody. */
function coarse(facts: HardwareFacts): HardwareFacts {
  const { freeMb } = facts.ram;
  return {
    ...facts,
    ram: { ...facts.ram, freeMb: freeMb === null ? null : Math.round(freeMb / 256) * 256 },
    load: facts.load === null ? null : Math.round(facts.load * 5) / 5,
  };
}

function sameEndpoint(known: string, typed: string): boolean {
  const [, , host, , port] = known.split('/');
  return typed === `${host}:${port}` || typed.startsWith(`/ip4/${host}/tcp/${port}`);
}
