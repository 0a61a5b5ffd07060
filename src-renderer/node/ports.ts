// Electron: the preload hands two MessagePorts to the page in one message, and again whenever the node process was restarted.
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ControlClient } from '../../src-shared/control.ts';
import type { DesktopClient, Link, LinkSource } from './link.ts';

/**
 * Listens for {axon:'ports'} messages of this very window; call it before anything slow, since the ports may come early.
 * Announces itself with {axon:'ready'}, so that a preload that waits for the page knows when to send.
 */
export function portSource(target: Window): LinkSource {
  const waiting: ((link: Link) => void)[] = [];
  let pending: Link | null = null;
  let current: Link | null = null;

  target.addEventListener('message', (event: MessageEvent) => {
    if (event.source !== target || event.origin !== target.location.origin || !isPortsMessage(event.data)) return;
    const [nodePort, desktopPort] = event.ports;
    if (nodePort === undefined || desktopPort === undefined) return;
    current?.close();
    const link = portLink(nodePort, desktopPort);
    current = link;
    const receiver = waiting.shift();
    if (receiver === undefined) pending = link;
    else receiver(link);
  });
  target.postMessage({ axon: 'ready' }, target.location.origin);

  return () => {
    if (pending !== null) {
      const link = pending;
      pending = null;
      return Promise.resolve(link);
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
}

/** A link over two ports. Closing it also ends the calls that are under way: a port never hears of its own close. */
export function portLink(nodePort: MessagePort, desktopPort: MessagePort): Link {
  const node = closable(nodePort);
  const desktop = closable(desktopPort);
  return {
    control: createORPCClient<ControlClient>(new RPCLink({ port: node.port })),
    desktop: createORPCClient<DesktopClient>(new RPCLink({ port: desktop.port })),
    closed: node.closed,
    close: () => {
      node.close();
      desktop.close();
    },
  };
}

type PortFacade = Pick<MessagePort, 'addEventListener' | 'postMessage'>;

function closable(port: MessagePort): { port: PortFacade; closed: Promise<void>; close: () => void } {
  const ends = new EventTarget();
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const close = (): void => {
    port.close();
    ends.dispatchEvent(new Event('close'));
    finish();
  };
  port.addEventListener('close', close);
  const addEventListener = ((type: string, listener: EventListener) => {
    if (type === 'close') ends.addEventListener('close', listener);
    else port.addEventListener(type as 'message', listener);
  }) as MessagePort['addEventListener'];
  port.start();
  return { port: { addEventListener, postMessage: port.postMessage.bind(port) as MessagePort['postMessage'] }, closed, close };
}

function isPortsMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { axon?: unknown }).axon === 'ports';
}
