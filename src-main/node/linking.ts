// The network's life under the key: started when there is one, made anew when the key or the port changes.
import { Failure, toFailure, type FailureShape } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { ServedChat, ServedModels } from '../jobs/ports.ts';
import type { Network, NetworkEvent } from '../swarm/ports.ts';
import type { Membership } from './membership.ts';
import type { NodeOptions } from './options.ts';

/** An address typed by hand is dialled again this often until it worked once; then the network keeps it. */
const retryMs = 10_000;

export type Linking = {
  network(): Network | null;
  state(): 'off' | 'starting' | 'on' | { failed: FailureShape };
  /** false: there is a key, and what this device is in its swarm was not looked at since the start of the node */
  looked(): boolean;
  fingerprint(): string | null;
  identity(): 'sealed' | 'file';
  /** Reads the key and (re)starts the network; with no key it stays off. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export function linking(
  options: NodeOptions,
  hooks: { serve: ServedChat; models: ServedModels; members: Membership; onEvent: (event: NetworkEvent) => void; changed: () => void },
): Linking {
  const { clock, log, keyFile, keyFormat, peers } = options;
  let network: Network | null = null;
  let state: ReturnType<Linking['state']> = 'off';
  let fingerprint: string | null = null;
  let kept: 'sealed' | 'file' = 'file';
  let generation = 0;
  let looked = keyFile.read() === undefined;
  let leaving = new AbortController();
  let turn: Promise<void> = Promise.resolve();

  const readKey = (): Uint8Array | null => {
    const content = keyFile.read();
    return content === undefined ? null : keyFormat.parse(content, { size: content.byteLength });
  };
  const start = async (): Promise<void> => {
    const mine = (generation += 1);
    const identity = await options.identity();
    kept = identity.kept;
    hooks.members.begin(identity.key);
    looked = true;
    hooks.changed();
    const made = options.network({
      privateKey: identity.key,
      trust: hooks.members.port,
      settings: options.settings.get(),
      serve: hooks.serve,
      models: hooks.models,
      onEvent: (event) => {
        if (mine === generation) hooks.onEvent(event);
      },
      remembered: peers.all().map(({ peerId, addresses }) => ({ peerId, addresses })),
      remember: (peerId: PeerId, addresses: string[]) => peers.remember(peerId, { addresses }),
    });
    try {
      await made.start();
    } catch (error) {
      // a part of it may run
      await made.stop().catch(() => {});
      throw error;
    }
    network = made;
    state = 'on';
    hooks.changed();
    for (const address of options.settings.get().addresses) dialUntilReached(made, address, leaving.signal);
  };
  const dialUntilReached = (target: Network, address: string, left: AbortSignal): void => {
    if (left.aborted || !options.settings.get().addresses.includes(address)) return;
    target.dial(address, AbortSignal.any([left, AbortSignal.timeout(retryMs)])).catch((error: unknown) => {
      if (left.aborted) return;
      log.debug('an address did not answer', { address, reason: String(error) });
      const cancel = clock.after(retryMs, () => dialUntilReached(target, address, left));
      left.addEventListener('abort', cancel, { once: true });
    });
  };
  const end = async (): Promise<void> => {
    generation += 1;
    leaving.abort();
    leaving = new AbortController();
    const ending = network;
    network = null;
    await ending?.stop();
    hooks.changed();
  };
  /** What is going to be is shown at once: between two networks of one key there is never a view without a key. */
  const restart = async (): Promise<void> => {
    try {
      fingerprint = null;
      const swarmKey = readKey();
      if (swarmKey !== null) fingerprint = keyFormat.fingerprint(swarmKey);
      state = swarmKey === null ? 'off' : 'starting';
      hooks.changed();
      await end();
      if (swarmKey !== null) await start();
    } catch (error) {
      await end().catch(() => {});
      const failure = error instanceof Failure ? error : toFailure(error);
      log.error('the network did not start', { code: failure.code, reason: failure.message });
      state = { failed: failure.toShape() };
      looked = true;
      hooks.changed();
    }
  };
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    turn = turn.then(run, run);
    return turn;
  };

  return {
    network: () => network,
    state: () => state,
    looked: () => looked,
    fingerprint: () => fingerprint,
    identity: () => kept,
    restart: () => inTurn(restart),
    stop: () =>
      inTurn(async () => {
        state = 'off';
        await end();
      }),
  };
}
