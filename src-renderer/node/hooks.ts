import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { DesktopWish } from '../../src-shared/desktop.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { controlOf, createConnection } from './connection.ts';
import type { Connection, LinkState } from './connection.ts';
import type { ControlClient } from '../../src-shared/control.ts';
import type { DesktopClient } from './link.ts';
import { portSource } from './ports.ts';
import { share } from './share.ts';
import { webSource } from './web.ts';

/** Electron serves the page under its own scheme, the node under plain http. The user agent tells them apart in development. */
export const inApp = !window.location.protocol.startsWith('http') || navigator.userAgent.includes('Electron/');

/** Made when the module loads: the ports may come before React draws anything. */
export const connection: StoreApi<Connection> = createConnection({
  source: inApp ? portSource(window) : webSource(window),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
  now: Date.now,
});

export function useConnection<T>(select: (state: Connection) => T): T {
  return useStore(connection, select);
}

export function useLinkState(): LinkState {
  return useConnection((state) => state.link);
}

/** Grows with every (re)connect. */
export function useEpoch(): number {
  return useConnection((state) => state.epoch);
}

/** A part of the view. Only below the shell, which is drawn once there is a view. */
export function useView<T>(select: (view: SwarmView) => T): T {
  return useConnection((state) => {
    if (state.view === null) throw new Error('useView was called before there is a view');
    return select(state.view);
  });
}

/**
 * Something made of the view, plain data: drawn again when it is otherwise, and not whenever what it is made of is. A node tells of its
 * memory every few seconds, and most of what is on screen does not show that.
 */
export function useMadeOfView<T>(make: (view: SwarmView) => T): T {
  const [kept] = useState(() => keepShared<T>());
  return useView((view) => kept(make(view)));
}

function keepShared<T>(): (next: T) => T {
  let kept: T | undefined;
  return (next) => (kept = share(kept, next));
}

/** The node's client, looked up at the time of the call: it changes with each reconnect. */
export function useNode(): () => ControlClient {
  return node;
}

function node(): ControlClient {
  return controlOf(connection);
}

export function useDesktop(): () => DesktopClient {
  return desktop;
}

function desktop(): DesktopClient {
  const { desktop: client } = connection.getState();
  if (client === null) throw new Error('the window has no connection yet');
  return client;
}

/** Calls `heard` with what the person asks for by the tray, for as long as the page is there. */
export function useWishes(heard: (wish: DesktopWish) => void): void {
  const latest = useRef(heard);
  useEffect(() => {
    latest.current = heard;
  });
  const epoch = useEpoch();
  useEffect(() => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const wish of await desktop().wishes(undefined, { signal: stop.signal })) latest.current(wish);
    };
    // a link that broke ends it; the next one begins anew
    follow().catch(() => undefined);
    return () => stop.abort();
  }, [epoch]);
}
