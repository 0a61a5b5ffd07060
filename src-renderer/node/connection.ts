// The only place that knows how the window reaches its node.
import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { Failure } from '../../src-shared/failure.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { SessionRefused } from './link.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import type { DesktopClient, Link, LinkSource } from './link.ts';
import { share } from './share.ts';

export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  /** since: wall clock ms */
  | { kind: 'lost'; since: number }
  /** Only a newly opened window helps. */
  | { kind: 'refused' };

export type Connection = {
  link: LinkState;
  /** The last known view; kept while the link is lost. */
  view: SwarmView | null;
  control: ControlClient | null;
  desktop: DesktopClient | null;
  /** Counts links; grows with each reconnect, so that others know when to read again. */
  epoch: number;
};

export type ConnectionOptions = {
  source: LinkSource;
  /** Sleeps before the next attempt; a test passes one that does not wait. */
  pause: (ms: number) => Promise<void>;
  random: () => number;
  now: () => number;
};

const firstPauseMs = 200;
const longestPauseMs = 4000;

/** Keeps a link to the node, for ever, with growing and jittered pauses. Ends only when the session is refused or `signal` aborts. */
export function createConnection(options: ConnectionOptions, signal?: AbortSignal): StoreApi<Connection> {
  const store = createStore<Connection>(() => ({ link: { kind: 'connecting' }, view: null, control: null, desktop: null, epoch: 0 }));
  void keepLinked(store, options, signal);
  return store;
}

async function keepLinked(store: StoreApi<Connection>, options: ConnectionOptions, signal: AbortSignal | undefined): Promise<void> {
  let pauseMs = firstPauseMs;
  while (signal?.aborted !== true) {
    try {
      const link = await options.source();
      await follow(store, link, () => {
        pauseMs = firstPauseMs;
      });
      link.close();
    } catch (error) {
      if (error instanceof SessionRefused) {
        store.setState({ link: { kind: 'refused' }, control: null });
        return;
      }
    }
    store.setState((old) => ({
      control: null,
      link: old.link.kind === 'lost' || old.view === null ? old.link : { kind: 'lost', since: options.now() },
    }));
    await options.pause(pauseMs * (0.75 + options.random() / 2));
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.7);
  }
}

/** Reads the view until the stream ends; a link that breaks ends its streams. */
async function follow(store: StoreApi<Connection>, link: Link, onFirst: () => void): Promise<void> {
  let first = true;
  try {
    for await (const view of await link.control.view()) {
      if (first) {
        first = false;
        onFirst();
        store.setState((old) => ({
          link: { kind: 'connected' },
          control: link.control,
          desktop: link.desktop,
          epoch: old.epoch + 1,
          view: share(old.view, view),
        }));
      } else store.setState((old) => ({ view: share(old.view, view) }));
    }
  } catch {
    // How the stream ended does not matter: the link is gone.
  }
}

/** The client of the moment. Fails with `disconnected` while there is none. */
export function controlOf(store: StoreApi<Connection>): ControlClient {
  const { control } = store.getState();
  if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
  return control;
}
