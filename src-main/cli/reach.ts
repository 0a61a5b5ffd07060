// The node that a command talks to: the one that runs for this home, or one of its own.
import { connectControl, controlFailure, readSecret } from '../api/control-client.ts';
import type { ControlClient, SecretRequest } from '../../src-shared/control.ts';
import { Failure, isCancel, toFailure } from '../../src-shared/failure.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { readEntry } from '../store/entry-file.ts';
import type { Home } from '../store/home.ts';
import type { NodeWishes } from './own-node.ts';

export type Reached = {
  client: ControlClient;
  /** What the client never carries. Fails with a Failure. */
  secret(request: SecretRequest): Promise<string>;
  /** What a call of `client` threw, as a Failure. */
  failure(error: unknown): Failure;
  /** It was started for this command alone, so it has met nobody yet. */
  own: boolean;
  close(): Promise<void>;
};

/** The running node. @throws Failure disconnected when none runs */
export async function reachRunning(home: Home): Promise<Reached> {
  const entry = readEntry(home.entry);
  if (entry === undefined) throw new Failure('disconnected', 'No Axon node runs for this home.');
  const link = await connectControl(entry);
  return {
    client: link.client,
    secret: (request) => readSecret(entry, request),
    failure: link.failure,
    own: false,
    close: () => Promise.resolve(link.close()),
  };
}

/** The running node, or null. */
export async function findRunning(home: Home): Promise<Reached | null> {
  return await reachRunning(home).catch((error: unknown) => {
    if (toFailure(error).code === 'disconnected') return null;
    throw error;
  });
}

/** How often a home that another command holds is tried again, ms. */
const heldRetryMs = 200;

/**
 * The running node, or a new one for this command alone. Another command that has the home (a second `ask`, a `serve` that is just
 * starting) is waited for.
 */
export async function reachOrStart(home: Home, wishes: NodeWishes, patience: { waitMs: number; stop: AbortSignal }): Promise<Reached> {
  const until = performance.now() + patience.waitMs;
  for (;;) {
    patience.stop.throwIfAborted();
    const running = await findRunning(home);
    if (running !== null) return running;
    try {
      // Loaded only when it is needed: the network's libraries take longer than the whole of `status`.
      const { startOwnNode } = await import('./own-node.ts');
      const { client, secret, stop } = await startOwnNode(home, wishes);
      return { client, secret, failure: (error) => controlFailure(error, false), own: true, close: stop };
    } catch (error) {
      if (toFailure(error).code !== 'home-in-use' || performance.now() > until) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, heldRetryMs);
      });
    }
  }
}

/** The view as it is now. */
export async function viewNow({ client, failure }: Reached): Promise<SwarmView> {
  for await (const view of await client.view().catch((error: unknown) => Promise.reject(failure(error)))) return view;
  throw new Failure('disconnected', 'The node told nothing.');
}

/**
 * Reads views until one fits. null: the time is over.
 * @throws Failure disconnected; the reason of `stop`
 */
export async function waitForView(
  { client, failure }: Reached,
  fits: (view: SwarmView) => boolean,
  { waitMs, stop }: { waitMs: number; stop: AbortSignal },
): Promise<SwarmView | null> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), waitMs);
  try {
    for await (const view of await client.view(undefined, { signal: AbortSignal.any([over.signal, stop]) })) if (fits(view)) return view;
    return null;
  } catch (error) {
    stop.throwIfAborted();
    if (over.signal.aborted && (isCancel(error) || over.signal.reason === error)) return null;
    throw failure(error);
  } finally {
    clearTimeout(timer);
  }
}
