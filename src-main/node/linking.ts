// The network's life under the key: started when there is one, made anew when the key or the port changes.
import { Failure, toFailure, type FailureShape } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { ServedChat } from '../jobs/ports.ts';
import type { Network, NetworkEvent } from '../swarm/ports.ts';
import type { NodeOptions } from './options.ts';

/** An address typed by hand is dialled again this often until it worked once; then the network keeps it. */
const retryMs = 10_000;

export type Linking = {
  network(): Network | null;
  state(): 'off' | 'starting' | 'on' | { failed: FailureShape };
  fingerprint(): string | null;
  identity(): 'sealed' | 'file';
  /** Reads the key and (re)starts the network; with no key it stays off. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export function linking(
  options: NodeOptions,
  hooks: { serve: ServedChat; onEvent: (event: NetworkEvent) => void; changed: () => void },
): Linking {
  const { clock, log, keyFile, keyFormat, peers } = options;
  let network: Network | null = null;
  let state: ReturnType<Linking['state']> = 'off';
  let fingerprint: string | null = null;
  let kept: 'sealed' | 'file' = 'file';
  let generation = 0;
  let turn: Promise<void> = Promise.resolve();

  const readKey = (): Uint8Array | null => {
    const content = keyFile.read();
    return content === undefined ? null : keyFormat.parse(content, { size: content.byteLength });
  };
  const start = async (): Promise<void> => {
    const mine = (generation += 1);
    const swarmKey = readKey();
    fingerprint = swarmKey === null ? null : keyFormat.fingerprint(swarmKey);
    if (swarmKey === null) return;
    state = 'starting';
    hooks.changed();
    const identity = await options.identity();
    kept = identity.kept;
    const made = options.network({
      privateKey: identity.key,
      swarmKey,
      settings: options.settings.get(),
      serve: hooks.serve,
      onEvent: (event) => {
        if (mine === generation) hooks.onEvent(event);
      },
      remembered: peers.all().map(({ peerId, addresses }) => ({ peerId, addresses })),
      remember: (peerId: PeerId, addresses: string[]) => peers.remember(peerId, { addresses }),
    });
    await made.start();
    network = made;
    state = 'on';
    hooks.changed();
    for (const address of options.settings.get().addresses) dialUntilReached(made, address);
  };
  const dialUntilReached = (target: Network, address: string): void => {
    if (network !== target || !options.settings.get().addresses.includes(address)) return;
    target.dial(address, AbortSignal.timeout(retryMs)).catch((error: unknown) => {
      log.debug('an address did not answer', { address, reason: String(error) });
      clock.after(retryMs, () => dialUntilReached(target, address));
    });
  };
  const end = async (): Promise<void> => {
    generation += 1;
    const ending = network;
    network = null;
    state = 'off';
    fingerprint = null;
    await ending?.stop();
    hooks.changed();
  };
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    turn = turn.then(run, run);
    return turn;
  };

  return {
    network: () => network,
    state: () => state,
    fingerprint: () => fingerprint,
    identity: () => kept,
    restart: () =>
      inTurn(async () => {
        await end();
        try {
          await start();
        } catch (error) {
          const failure = error instanceof Failure ? error : toFailure(error);
          log.error('the network did not start', { code: failure.code, reason: failure.message });
          state = { failed: failure.toShape() };
          hooks.changed();
        }
      }),
    stop: () => inTurn(end),
  };
}
