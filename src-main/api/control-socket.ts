// Serves the control contract over one WebSocket that has already been let in.
import { RPCHandler } from '@orpc/server/ws';
import type { AnyRouter } from '@orpc/server';
import type { WebSocket } from 'ws';

/** Largest message, bytes. A question may hold 8 MiB of text (src-shared/chat.ts); JSON makes at most three of two such bytes. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** Serves `router` on the socket until it closes; then every stream that runs on it is aborted. */
export type ServeSocket = (socket: WebSocket) => void;

export function serveControl(router: AnyRouter): ServeSocket {
  const handler = new RPCHandler(router);
  return (socket) => {
    const gone = new AbortController();
    // before the handler hears of it, which ends what runs for this window as if somebody had stopped it
    socket.once('close', () => gone.abort());
    void handler.upgrade(checked(socket), { context: { face: {}, gone: gone.signal } });
  };
}

/**
 * The socket as the RPC handler sees it: sending waits until the system took the bytes, so that a window that does not read slows its
 * own stream only and fills no memory; a socket that is gone swallows; what is no JSON text ends the connection before it is parsed further.
 */
function checked(socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> {
  const send = (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
      else resolve();
    });
  const addEventListener = (type: string, listen: (event: { data: unknown }) => void): void => {
    if (type !== 'message') {
      socket.on(type, () => listen({ data: undefined }));
      return;
    }
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? null : messageText(data);
      if (text === null) socket.close(1007);
      else listen({ data: text });
    });
  };
  return { send, addEventListener } as unknown as Pick<WebSocket, 'addEventListener' | 'send'>;
}

/** null: not a message of the RPC protocol. */
function messageText(data: unknown): string | null {
  const text = String(data);
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null) return null;
    const { i: id, t: type, p: payload } = message as Record<string, unknown>;
    if (typeof id !== 'string') return null;
    // A request needs an address below our root; the handler would read any other one as a URL of elsewhere.
    if (type === undefined || type === 1) {
      const url = (payload as { u?: unknown } | null | undefined)?.u;
      return typeof url === 'string' && url.startsWith('/') ? text : null;
    }
    return text;
  } catch {
    return null;
  }
}
