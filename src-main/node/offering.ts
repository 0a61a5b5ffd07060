// What this machine offers the others, and telling them when it changed.
import { isWithheld } from '../../src-shared/engine.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { Offer, OfferedModel } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { coarseFacts } from '../swarm/coarse-facts.ts';
import { leads, meansToLead, roleActualOf, type RoleFacts } from '../swarm/decide.ts';
import type { Network } from '../swarm/ports.ts';
import type { Clock } from '../jobs/ports.ts';
import { modelNeedMb } from '../jobs/reservations.ts';
import type { Leading } from './leading.ts';

/** At most this often the offer is announced (4 a second), ms. */
const offerEveryMs = 250;

export type Offering = {
  offerTo(whom: 'self' | 'others'): Offer;
  /** The owner must insist before others may use this engine. */
  withheld(): boolean;
  announceSoon(): void;
  /** The next network has heard nothing yet. */
  restart(): void;
  stop(): void;
};

export type OfferingOptions = {
  clock: Clock;
  version: string;
  settings: () => Settings;
  lead: Leading;
  facts: () => Omit<RoleFacts, 'leader'>;
  machine: () => HardwareFacts;
  network: () => Network | null;
  /** How fast this machine writes, tokens/s; null: not measured */
  speedOf?: (model: string) => number | null;
  /** Of its last answers, tokens/s; left out: not told */
  recent?: () => readonly number[];
  /** When this node was made, wall clock ms; left out: not told */
  startedAt?: number;
  /** What role auto says. */
  auto: () => Pick<Offer, 'willing' | 'couldLead'>;
  downloading?: () => Offer['downloading'];
};

export function offering({
  clock,
  version,
  settings,
  lead,
  facts,
  machine,
  network,
  auto,
  speedOf = () => null,
  recent = () => [],
  startedAt,
  downloading = () => undefined,
}: OfferingOptions): Offering {
  let announced = { body: '', revision: 0 };
  let told: HardwareFacts | null = null;
  let timer: (() => void) | null = null;
  const withheld = (): boolean => isWithheld(lead.engine()?.facts() ?? null, settings());

  function offerTo(whom: 'self' | 'others'): Offer {
    const now = facts();
    const { name, role } = settings();
    const engine = now.engine;
    const onItsWay = downloading();
    // said while it is being restarted too, so that the others know why they are not to ask
    const healthy = !lead.restarting();
    const means = meansToLead(now) && now.network === 'on' && lead.models().length > 0;
    const lends = healthy ? leads(roleActualOf({ ...now, leader: null })) : means;
    const open = engine !== null && lends && (whom === 'self' || !withheld());
    return {
      revision: announced.revision,
      name,
      version,
      role,
      hardware: coarseFacts(machine(), told),
      leads: open
        ? {
            models: lead
              .models()
              .slice(0, 256)
              .map((model) => ({ ...withNeed(model), tokensPerSecond: speedOf(model.name) })),
            ...(lead.downloads().length === 0 ? {} : { downloads: lead.downloads().map(withNeed) }),
            ...(recent().length === 0 ? {} : { recent: [...recent()] }),
            reservedMb: lead.reservedMb(),
            ...lead.admission.offered(whom),
            engine: {
              kind: engine.kind,
              device: engine.device,
              healthy,
              ...(engine.remote === true ? { remote: true } : {}),
              ...(engine.images === true ? { images: true } : {}),
            },
          }
        : null,
      ...(engine?.state.kind === 'failed' && meansToLead(now) ? { engineDown: true } : {}),
      ...auto(),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(onItsWay === undefined ? {} : { downloading: onItsWay }),
    };
  }
  function announce(): void {
    const running = network();
    const offer = offerTo('others');
    if (running === null) return;
    const body = JSON.stringify({ ...offer, revision: 0 });
    if (body === announced.body) return;
    told = offer.hardware;
    announced = { body, revision: Math.max(announced.revision + 1, Math.floor(clock.date())) };
    running.announce({ ...offer, revision: announced.revision });
  }
  return {
    offerTo,
    withheld,
    announceSoon() {
      timer ??= clock.after(offerEveryMs, () => {
        timer = null;
        announce();
      });
    },
    restart: () => void (announced = { body: '', revision: announced.revision }),
    stop: () => timer?.(),
  };
}

function withNeed<Model extends Pick<ModelInfo, 'sizeBytes'>>(model: Model): Model & Pick<OfferedModel, 'needMb'> {
  const needMb = modelNeedMb(model);
  return needMb === null ? model : { ...model, needMb };
}
