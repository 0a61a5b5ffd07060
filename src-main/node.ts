// THE composition root: connects the rooms and derives the view. It decides nothing itself.
import type { ChatRequest } from '../src-shared/chat.ts';
import type { SecretRequest } from '../src-shared/control.ts';
import type { DiscoveryReport } from '../src-shared/discovery.ts';
import { Failure } from '../src-shared/failure.ts';
import type { PeerId } from '../src-shared/peer.ts';
import type { SwarmView } from '../src-shared/swarm-view.ts';
import { limits } from './jobs/limits.ts';
import { answering } from './node/answering.ts';
import { titling } from './node/titling.ts';
import { unheardTitles } from './node/unheard-titles.ts';
import { asking } from './node/asking.ts';
import { autoRole } from './node/auto.ts';
import { controlRouter } from './node/control.ts';
import { conversationNews } from './node/conversation-news.ts';
import { diagnosticReportOf } from './node/diagnosing.ts';
import { downloadsOf } from './node/downloads.ts';
import { examining } from './node/examining.ts';
import { finding } from './node/finding.ts';
import { leading } from './node/leading.ts';
import { lending, vulnerable } from './node/lending.ts';
import { linking } from './node/linking.ts';
import { localEngines } from './node/local-engines.ts';
import { membership } from './node/membership.ts';
import { machineFacts } from './node/machine.ts';
import { modelsForOthers } from './node/models-for-others.ts';
import { networkNews } from './node/network-news.ts';
import { freeForModels } from './node/model-memory.ts';
import { observing } from './node/observing.ts';
import { offering } from './node/offering.ts';
import type { NodeOptions } from './node/options.ts';
import { pausing } from './node/pausing.ts';
import { owner } from './node/owner.ts';
import { knownPeers } from './node/peers.ts';
import { remembering, rememberingSightings } from './node/remembering.ts';
import { secrets } from './node/secrets.ts';
import { serving } from './node/serving.ts';
import { snapshots } from './node/snapshots.ts';
import { troublesOf } from './node/troubles.ts';
import { viewing } from './node/viewing.ts';
import { changeOf, signal as changeSignal } from './node/change.ts';
import { readAndWritten } from './store/ledger.ts';
import { meansToLead, roleActualOf } from './swarm/decide.ts';
import { survey, type Candidate } from './swarm/placement.ts';
import type { NetworkEvent } from './swarm/ports.ts';

/** At most this often the view goes out (10 a second), ms. */
const viewEveryMs = 100;
/** The next one, whatever it may be. */
const anyQuestion: ChatRequest = { id: '', messages: [], parameters: {} };

export type Node = {
  /** The oRPC router of src-shared/control.ts. */
  readonly control: ReturnType<typeof controlRouter>;
  view(): SwarmView;
  /** Called with each new view; returns the unsubscriber. */
  onView(seen: (view: SwarmView) => void): () => void;
  /** What the contract never carries. Fails with no-key, not-found, not-admin. */
  secret(request: SecretRequest): Promise<string>;
  /** Wake or a change of network: redial now. */
  nudge(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export function createNode(options: NodeOptions): Node {
  const { clock, log, settings, ledger } = options;
  const startedAt = clock.date();
  const finds = finding(clock, options.host);
  const news = networkNews();

  const changes = changeSignal(clock, viewEveryMs, () => publish());
  const changed = (): void => {
    changes.mark();
    offer.announceSoon();
  };
  const peers = knownPeers(
    () => clock.date(),
    (peerId, name) => names.named(peerId, name),
  );
  const names = remembering(clock, (peerId, name) => {
    if (peers.get(peerId) !== undefined) options.peers.remember(peerId, { name });
  });
  const sightings = rememberingSightings(clock, () => options.peers.saw(peers.sightings()));
  const watching = observing({ clock, log, keeper: options.observed });
  const bounds = limits({ clock, settings: settings.get, usedToday: (peerId) => readAndWritten(ledger.today(peerId)) });
  const lead = leading({
    downloads: () => settings.get().downloads ?? [],
    clock,
    engine: options.engine,
    log,
    self: () => self(),
    limits: bounds,
    wrote(model, figures) {
      watching.own.wrote(model, figures);
      changed();
    },
    freeMb: (facts, resting) => freeForModels(machine.now(), facts, resting),
    changed,
  });
  const pauses = pausing({
    clock,
    settings,
    machine: () => machine.now(),
    others: options.otherPrograms,
    ...(options.metered === undefined ? {} : { metered: options.metered }),
    wanted() {
      const { role } = settings.get();
      return lead.engine() !== null || role === 'leader' ? 'now' : role === 'auto' ? 'perhaps' : 'no';
    },
    gate: lead.admission,
    changed,
  });
  const members = membership(options, {
    network: () => link.network(),
    peers,
    usedToday: (peerId) => ledger.today(peerId),
    changed: () => {
      service.recheck();
      changed();
    },
    change: (signal) => changes.next(signal),
    relink,
    left: () => answers.leave(),
  });
  const service = serving({
    clock,
    log,
    serve: (request, signal, from) => lend(request, signal, from),
    refusal: members.refusal,
    nameOf: members.nameOf,
    write: (entry) => ledger.add(entry),
  });
  const link = linking(options, { serve: service.chat, models: (wish, from) => getModels(wish, from), members, onEvent: hear, changed });
  const fetched = downloadsOf({
    clock,
    log,
    engine: options.engine,
    settings: settings.get,
    running: lead.engine,
    machine: () => machine.now(),
    keeper: options.downloads,
    changed,
  });
  const offer = offering({
    clock,
    version: options.version,
    settings: settings.get,
    lead,
    facts: roleFacts,
    machine: () => machine.now(),
    network: () => link.network(),
    speedOf: watching.own.of,
    recent: watching.own.recent,
    startedAt,
    auto: () => auto.words(),
    downloading: () => fetched.told(),
  });
  const lend = lending(offer, pauses, lead, members);
  const auto = autoRole({
    clock,
    log,
    settings: settings.get,
    self: () => self(),
    machine: () => machine.now(),
    candidates: () => peers.candidates(),
    lead,
    engine: options.engine,
    withheld: () => offer.withheld() || pauses.now().mode === 'pause',
    atPlay: () => pauses.now().pause?.why === 'busy',
    turned: () => {
      applyRole();
      changed();
    },
    changed,
  });
  const shots = snapshots({ clock, log, keeper: options.snapshots, view: () => views.fresh(), offer: () => offer.offerTo('self') });
  const machine = machineFacts(options, () => {
    pauses.look();
    changed();
  });

  function hear(event: NetworkEvent): void {
    peers.hear(event);
    finds.hear(event);
    news.hear(event);
    sightings.hear(event);
    if (event.kind === 'shut-out') members.thrownOut(event.peerId);
    if (event.kind === 'connected' || event.kind === 'disconnected') log.info(`peer ${event.kind}`, { peerId: event.peerId });
    // what others do changes the view, and nothing of what this machine offers
    changes.mark();
  }

  const self = (): PeerId | null => link.network()?.peerId ?? null;

  function candidates(): Candidate[] {
    const own = self();
    const name = settings.get().name;
    const local: Candidate[] =
      own === null ? [] : [{ peerId: own, name, local: true, connected: true, latencyMs: 0, offer: offer.offerTo('self') }];
    const permitted = members.mayAsk();
    const mayDownload = own !== null && members.mayManageModels(own);
    return [...local, ...peers.candidates().map((peer) => ({ ...peer, permitted, mayDownload, member: !members.isRemoved(peer.peerId) }))];
  }

  function roleFacts() {
    return {
      wanted: settings.get().role,
      autoLeads: auto.leads(),
      key: link.fingerprint() !== null,
      network: link.state(),
      engine: lead.engine()?.facts() ?? null,
      models: lead.models().length,
      running: lead.admission.running(),
      waiting: lead.admission.waiting(),
      people: lead.admission.people(),
      draining: lead.draining,
      warming: lead.warming(),
    };
  }

  const views = viewing(build, changes, link.looked);
  function build(): Omit<SwarmView, 'revision'> {
    const facts = roleFacts();
    const leader = meansToLead(facts) ? null : (survey(anyQuestion, candidates()).placement?.leader ?? null);
    return {
      self: {
        peerId: self(),
        name: settings.get().name,
        version: options.version,
        addresses: self() === null ? [] : news.listening(),
        role: { wanted: facts.wanted, actual: roleActualOf({ ...facts, leader }) },
        hardware: machine.now(),
        engine: facts.engine,
        models: lead.models(),
        identity: link.identity(),
        ciphers: link.network()?.ciphers ?? 'native',
        paused: pauses.now().pause,
        metered: pauses.metered(),
        startedAt,
        recent: [...watching.own.recent()],
        serverKey: options.serverKey.from(settings.get()),
      },
      key: facts.key ? { fingerprint: members.fingerprint() ?? link.fingerprint() ?? '' } : null,
      membership: members.view(facts.key),
      peers: peers.views().filter(({ peerId }) => !members.isRemoved(peerId)),
      otherSwarms: news.otherSwarms(),
      troubles: troublesOf({
        network: link.state(),
        // on another port than the wished one it works as well: that is the doctor's business
        listen: news.listening().length === 0 ? news.trouble('listen') : undefined,
        mdns: news.trouble('mdns'),
        withheld: offer.withheld() ? vulnerable() : undefined,
        membership: members.troubles(),
        settingsDamaged: settings.damaged,
        repaired: options.conversations.repaired,
      }),
      settings: settings.get(),
      downloads: fetched.list(),
      overrides: settings.overrides?.() ?? [],
    };
  }
  function publish(): void {
    auto.look();
    views.renew();
    shots.changed();
  }

  function applyRole(): void {
    // what was a leader until now is one under role auto too
    auto.look();
    const wants = { wanted: settings.get().role, autoLeads: auto.leads() };
    lead.want(meansToLead(wants) && link.network() !== null, settings.get());
  }
  async function relink(): Promise<void> {
    sightings.stop();
    peers.clear(options.peers.all());
    news.restart();
    finds.restart();
    offer.restart();
    await link.restart();
    auto.up();
    applyRole();
    answers.takeUp();
    changed();
  }

  const engines = localEngines({
    engine: options.engine,
    running: lead.engine,
    settings,
    machine: () => machine.now(),
    servers: options.host.servers,
    changed,
  });
  const getModels = modelsForOthers({ members, lead, settings: settings.get, downloads: fetched, engines });
  const swarm = asking({
    clock,
    network: () => link.network(),
    candidates,
    self,
    serve: lead.chat,
    preferred: () => settings.get().preferred,
    observed: watching.seen,
    shutOut: members.shutOut,
    change: changeOf(changes),
  });
  const talks = conversationNews(options.conversations, clock);
  const kept = talks.by(undefined);
  const titles = titling({ clock, log, conversations: kept, ask: swarm.ask, wanted: () => settings.get().titles });
  const unheard = unheardTitles(kept, titles);
  const answers = answering({ clock, log, news: talks, ask: swarm.ask, online: () => link.network() !== null, titles: unheard });
  const found = (): Promise<DiscoveryReport> =>
    finds.report({
      machine: machine.now(),
      otherSwarms: news.otherSwarms(),
      blocked: news.trouble('mdns') !== undefined,
      up: link.network() !== null,
    });
  const examined = examining({
    ...{ view: views.fresh, news, host: options.host, found, engines },
    running: lead.engine,
    make: () => options.engine(settings.get()),
    date: clock.date,
  });
  const control = controlRouter({
    ...owner({ node: options, link, peers, members, pauses, applyRole, relink, changed }),
    clock,
    log,
    watch: views.watch,
    settings: settings.get,
    members,
    ledger,
    engines,
    downloads: fetched,
    network: () => link.network(),
    doctor: examined,
    discovery: found,
    storage: options.homeFacts.storage,
    async diagnostics() {
      const [doctor, storage] = await Promise.all([examined(), options.homeFacts.storage()]);
      return diagnosticReportOf({ view: views.fresh(), doctor, storage, log: options.homeFacts.logTail(), at: clock.date() });
    },
    facts: machine.fresh,
    snapshot(cached) {
      const snapshot = cached ? shots.kept() : shots.now();
      if (snapshot === null) throw new Failure('not-found', 'No snapshot of the swarm was kept yet.');
      return snapshot;
    },
    asking: swarm,
    news: talks,
    answers,
    titles,
  });

  return {
    control,
    view: views.now,
    onView: views.onView,
    secret: secrets({ members, ledger }),
    nudge() {
      members.woke();
      link.network()?.nudge();
    },
    async start() {
      const { looked, waited } = machine.look();
      await waited;
      pauses.start(looked);
      await relink();
      fetched.up();
      publish();
    },
    async stop() {
      answers.stop();
      pauses.stop();
      offer.stop();
      auto.stop();
      shots.stop();
      watching.stop();
      await members.stop();
      changes.stop();
      machine.stop();
      await link.stop();
      names.stop();
      sightings.stop();
      await fetched.stop();
      await lead.stop();
      options.conversations.close();
    },
  };
}
