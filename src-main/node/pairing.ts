// "Add a device" on this side, and being the device that is added.
import { randomBytes } from 'node:crypto';
import { Failure } from '../../src-shared/failure.ts';
import type { NearbyDoor, PairingStep, PairingView } from '../../src-shared/member.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { codeMs, maxTries, pairingCode } from '../membership/pairing-code.ts';
import type { News, Trust } from '../membership/ports.ts';
import type { Network } from '../swarm/ports.ts';
import type { PairingDoor, PairingPort } from './options.ts';
import type { Welcomer } from './applying.ts';
import type { KeptRoster } from './roster-book.ts';

/** Without an address a machine that shows the code is looked for by mDNS for so long, ms. */
const searchMs = 30_000;

export type PairingDoorOptions = {
  clock: Clock;
  log: Log;
  port: PairingPort;
  name: () => string;
  /** This device's, made when there is none. */
  identity: () => Promise<Uint8Array>;
  network: () => Network | null;
  /** @throws Failure not-admin */
  asAdmin: () => KeptRoster;
  admit: Trust['admit'];
  /** @throws Failure key-exists */
  checkKeyless: () => void;
  /** Takes roster and key over from that admin. False: they do not make this device a member. */
  joined: (from: Welcomer & { addresses: string[] }, news: News) => Promise<boolean>;
  changed: () => void;
};

export type DevicePairing = {
  /** Open for as long as it is read; several readers share one code. Fails with code-wrong, code-expired when it ended by itself. */
  hold(signal: AbortSignal): AsyncGenerator<true, void>;
  join(code: string, address: string | undefined, signal: AbortSignal): AsyncGenerator<PairingStep, void>;
  /** Machines nearby that add a device, as that changes; the first item comes at once. Fails with key-exists. */
  nearby(signal: AbortSignal): AsyncGenerator<NearbyDoor[], void>;
  view(): PairingView | null;
  /** The network goes: the code with it. */
  stop(): Promise<void>;
};

type Session = {
  view: PairingView;
  door: PairingDoor | null;
  readers: number;
  ended: PromiseWithResolvers<Failure | null>;
  opened: Promise<void>;
};

export function pairing(options: PairingDoorOptions): DevicePairing {
  const { clock, port, changed } = options;
  let session: Session | null = null;

  const end = async (one: Session, why: Failure | null): Promise<void> => {
    if (session === one) session = null;
    one.ended.resolve(why);
    options.network()?.announcePairing(null);
    changed();
    await one.opened.catch(() => undefined);
    await one.door?.close();
  };
  const begin = (roster: KeptRoster, network: Network): Session => {
    const view: PairingView = {
      code: pairingCode(new Uint8Array(randomBytes(5))),
      expiresAt: clock.date() + codeMs,
      triesLeft: maxTries,
      addresses: [],
    };
    const one: Session = { view, door: null, readers: 0, ended: Promise.withResolvers(), opened: Promise.resolve() };
    one.opened = (async () => {
      const door = await port.open({
        privateKey: await options.identity(),
        name: options.name(),
        code: view.code,
        swarm: roster.swarm,
        addresses: () => network.addresses(),
        admit: options.admit,
        onChange({ triesLeft, closed }) {
          one.view = { ...one.view, triesLeft };
          if (closed) void end(one, triesLeft === 0 ? wrong() : expired());
          else changed();
        },
      });
      one.door = door;
      one.view = { ...one.view, addresses: door.addresses };
      if (session === one) network.announcePairing({ port: door.port, name: options.name() });
      changed();
    })();
    return one;
  };

  return {
    async *hold(signal) {
      const roster = options.asAdmin();
      const network = options.network();
      if (network === null) throw new Failure('no-key', 'This machine is in no swarm yet.');
      const one = (session ??= begin(roster, network));
      one.readers += 1;
      const left = once(signal);
      try {
        await one.opened;
        yield true;
        const why = await Promise.race([one.ended.promise, left]);
        if (why !== null) throw why;
      } finally {
        one.readers -= 1;
        if (one.readers === 0) await end(one, null);
      }
    },
    async *join(code, address, signal) {
      options.checkKeyless();
      const late = new AbortController();
      const cancel = clock.after(searchMs, () => address === undefined && late.abort());
      try {
        const steps = port.join({
          privateKey: await options.identity(),
          name: options.name(),
          code,
          ...(address === undefined ? {} : { address }),
          signal: AbortSignal.any([signal, late.signal]),
        });
        for await (const step of steps) {
          if (step.kind === 'searching') yield step;
          else if (step.kind === 'words') {
            cancel();
            yield step;
          } else {
            if (!(await options.joined(step, step.news))) throw new Failure('internal', 'The welcome did not make this machine a member.');
            yield { kind: 'joined', name: step.name };
          }
        }
      } catch (error) {
        signal.throwIfAborted();
        if (late.signal.aborted) throw new Failure('code-expired', 'No machine near by adds a device.', { cause: error });
        throw error;
      } finally {
        cancel();
      }
    },
    async *nearby(signal) {
      options.checkKeyless();
      yield* port.nearby(signal);
    },
    view: () => session?.view ?? null,
    async stop() {
      if (session !== null) await end(session, null);
    },
  };
}

const wrong = (): Failure => new Failure('code-wrong', 'Three wrong codes were tried.');
const expired = (): Failure => new Failure('code-expired', 'The code was shown for two minutes, and nobody came with it.');

function once(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
