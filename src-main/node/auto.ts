// Role auto on this node: looks at what the others offer, and says whether it is this machine's turn to lead.
import { isWithheld } from '../../src-shared/engine.ts';
import { toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { Clock, Engine, Log } from '../jobs/ports.ts';
import { autoBegins, autoNode, autoStep, fitness, type AutoNode, type AutoState } from '../swarm/auto-role.ts';
import type { Candidate } from '../swarm/placement.ts';
import type { Leading } from './leading.ts';

/** The engine of a machine that does not lead is asked for its models this often, ms. */
const listEveryMs = 60_000;
/** An engine that failed is not offered again sooner, ms. */
const unfitMs = 300_000;
/** So long a machine that handed over for its owner's game rests from the end of it: games have pauses, and engines take seconds to start, ms. */
const restMs = 600_000;
/** A model list for others is no longer than this. */
const maxCouldLead = 64;

export type Auto = {
  /** It is this machine's turn. */
  leads(): boolean;
  /** For the offer; empty unless the role is auto. */
  words(): Pick<Offer, 'willing' | 'couldLead'>;
  /** The network came up: others are yet to be found. */
  up(): void;
  /** Something changed, or may have. */
  look(): void;
  stop(): void;
};

export type AutoOptions = {
  clock: Clock;
  log: Log;
  settings: () => Settings;
  self: () => PeerId | null;
  machine: () => HardwareFacts;
  /** The others. */
  candidates: () => readonly Candidate[];
  lead: Leading;
  engine: (settings: Settings) => Engine;
  /** Others may not use the engine here, or its owner wants the machine for himself. */
  withheld: () => boolean;
  /** Its owner is at work with other programs, for which this machine pauses. */
  atPlay?: () => boolean;
  /** The turn came or went. */
  turned: () => void;
  /** What the offer says changed. */
  changed: () => void;
};

export function autoRole(options: AutoOptions): Auto {
  const { clock, log, settings, lead } = options;
  let state: AutoState | null = null;
  let led = false;
  let listed: string[] = [];
  let listing = false;
  let listedFor: string | undefined;
  let lister: { made: string; engine: Engine } | undefined;
  let unfitUntil = -Infinity;
  let restsUntil = -Infinity;
  let toldWilling: boolean | undefined;
  let cancelWake = (): void => {};
  let cancelList = (): void => {};
  let stopped = false;

  const wanted = (): boolean => settings().role === 'auto' && options.self() !== null && !stopped;
  const failed = (): boolean => lead.engine()?.facts().state.kind === 'failed';
  const couldLead = (): string[] => {
    const names = lead.engine() === null ? listed : lead.models().map(({ name }) => name);
    return names.toSorted().slice(0, maxCouldLead);
  };
  const willing = (): boolean => {
    // one that is not started, too: it would be started only to be withheld
    const asleep = lead.engine() === null && lister?.made === made() ? lister.engine.facts() : null;
    if (options.withheld() || isWithheld(asleep, settings()) || failed() || clock.now() < restsUntil) return false;
    // one that is up again after a failure is used, but one that would have to be started waits
    return couldLead().length > 0 && (lead.engine() !== null || clock.now() >= unfitUntil);
  };

  /** What the list depends on. */
  const made = (): string => JSON.stringify([settings().engine, settings().ollamaUrl, settings().openaiUrl]);
  /** The same one each time: it remembers the files that it has read. */
  const idle = (): Engine => {
    if (lister?.made !== made()) {
      void lister?.engine.stop();
      lister = { made: made(), engine: options.engine(settings()) };
    }
    return lister.engine;
  };
  /** Asked of an engine that is not started: Ollama lists, the embedded one looks into its folders. */
  const list = async (): Promise<void> => {
    if (listing || !wanted()) return;
    listing = true;
    listedFor = made();
    cancelList();
    cancelList = clock.after(listEveryMs, () => void list());
    try {
      const engine = lead.engine() ?? idle();
      const before = isWithheld(engine.facts(), settings());
      const names = (await engine.models()).map(({ name }) => name);
      if (names.join('\n') === listed.join('\n') && isWithheld(engine.facts(), settings()) === before) return;
      listed = names;
      options.changed();
    } catch (error) {
      log.debug('the engine did not list its models', { code: toFailure(error).code });
      listed = [];
    } finally {
      listing = false;
    }
  };

  /** Of hundreds that are looked at after each change, most say what they said before. */
  const nodes = new WeakMap<Offer, AutoNode>();
  const nodeOf = (peerId: PeerId, offer: Offer): AutoNode => {
    const known = nodes.get(offer);
    if (known?.peerId === peerId) return known;
    const made = autoNode(peerId, offer);
    nodes.set(offer, made);
    return made;
  };
  const look = (): void => {
    if (!wanted()) {
      led = settings().role === 'leader';
      state = null;
      cancelWake();
      cancelList();
      return;
    }
    if (state === null) {
      state = autoBegins(clock.now(), led);
      listedFor = undefined;
    }
    // another engine has other models
    if (listedFor !== made()) void list();
    if (failed()) unfitUntil = clock.now() + unfitMs;
    if (options.atPlay?.() === true) restsUntil = clock.now() + restMs;
    const others = options
      .candidates()
      .flatMap(({ connected, local, peerId, offer }) => (connected && !local && offer !== null ? [nodeOf(peerId, offer)] : []));
    const self = {
      peerId: options.self() ?? '',
      fitness: fitness(options.machine()),
      fixed: false,
      willing: willing(),
      models: couldLead(),
      leading: null,
    };
    const before = state.leads;
    const next = autoStep(state, self, others, clock.now());
    state = next.state;
    cancelWake();
    const wakeAt = Math.min(next.wakeAt ?? Number.POSITIVE_INFINITY, restsUntil > clock.now() ? restsUntil : Number.POSITIVE_INFINITY);
    if (Number.isFinite(wakeAt)) cancelWake = clock.after(Math.max(0, wakeAt - clock.now()), look);
    if (toldWilling !== self.willing) {
      toldWilling = self.willing;
      options.changed();
    }
    if (before === state.leads) return;
    log.info(state.leads ? 'nobody fitter leads: it is the turn of this machine' : 'a fitter machine leads: this one steps back');
    options.turned();
  };

  return {
    leads: () => state?.leads ?? false,
    words: () => (wanted() ? { willing: willing(), couldLead: couldLead() } : {}),
    up() {
      led = state?.leads ?? settings().role === 'leader';
      state = null;
      look();
    },
    look,
    stop() {
      stopped = true;
      cancelWake();
      cancelList();
      void lister?.engine.stop();
    },
  };
}
