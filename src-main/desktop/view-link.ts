// The main process as one more client of the node: it follows the view for the tray, and may set the role or pause.
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { MessagePortMain } from 'electron';
import type { Control } from '../../src-shared/control.ts';
import type { Role } from '../../src-shared/role.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

export type ViewLink = {
  setRole(role: Role): Promise<void>;
  pause(minutes: number | null): Promise<void>;
  /** null: Auto */
  prefer(peerId: string | null): Promise<void>;
  close(): void;
};

/** Calls `seen` with each view; null once when the port is gone. */
export function followView(port: MessagePortMain, seen: (view: SwarmView | null) => void): ViewLink {
  const client = createORPCClient<ContractRouterClient<Control>>(new RPCLink({ port }));
  const stop = new AbortController();
  port.start();
  const follow = async (): Promise<void> => {
    for await (const view of await client.view(undefined, { signal: stop.signal })) seen(view);
  };
  const gone = (): void => {
    if (!stop.signal.aborted) seen(null);
  };
  port.once('close', () => {
    gone();
    stop.abort();
  });
  follow().then(gone, gone);
  return {
    async setRole(role) {
      await client.role.set({ role });
    },
    async pause(minutes) {
      await client.pause({ minutes });
    },
    async prefer(peerId) {
      await client.settings.update({ preferred: peerId });
    },
    close() {
      stop.abort();
      port.close();
    },
  };
}
