// Starting to listen when somebody else has the port.
import { multiaddr } from '@multiformats/multiaddr';
import type { PrivateKey } from '@libp2p/interface';
import { Failure, type FailureShape } from '../../src-shared/failure.ts';
import { startPeerNode, type PeerGate, type PeerNode } from './libp2p-node.ts';
import type { Protector } from './protector.ts';
import type { Ciphers } from './sodium.ts';

/** Ports tried after the wanted one; then the system chooses. */
const nextPorts = 20;

type ListenOptions = {
  listen: string[];
  explicitPort: boolean;
  node: { privateKey: PrivateKey; protector: () => Protector; ciphers: Ciphers; gate: PeerGate; version: string };
  onTrouble(failure: FailureShape | null): void;
};

/** Fails with port-in-use when the port is explicit; otherwise takes the next free one and reports the trouble. */
export async function listenOn(options: ListenOptions): Promise<PeerNode> {
  for (let step = 0; ; step += 1) {
    const listen = step === 0 ? options.listen : options.listen.map((address) => shiftPort(address, step > nextPorts ? undefined : step));
    try {
      const node = await startPeerNode({ ...options.node, listen });
      if (step > 0) options.onTrouble(taken(options.listen, node.getMultiaddrs().map(String)).toShape());
      else options.onTrouble(null);
      return node;
    } catch (error) {
      if (!isTaken(error) || step > nextPorts) throw error;
      if (options.explicitPort) throw taken(options.listen, [], error);
    }
  }
}

/** Undefined: any free port. */
function shiftPort(address: string, step: number | undefined): string {
  const port = multiaddr(address)
    .getComponents()
    .find((component) => component.name === 'tcp')?.value;
  if (port === undefined || port === '0') return address;
  const other = step === undefined || Number(port) + step > 65_535 ? 0 : Number(port) + step;
  return address.replace(`/tcp/${port}`, `/tcp/${other}`);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && /EADDRINUSE/.test(`${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`);
}

function taken(wanted: string[], instead: string[], cause?: unknown): Failure {
  const port = /\/tcp\/(\d+)/.exec(wanted[0] ?? '')?.[1] ?? '?';
  const other = /\/tcp\/(\d+)/.exec(instead[0] ?? '')?.[1];
  const message = other === undefined ? `Port ${port} is in use.` : `Port ${port} is in use; listening on ${other} instead.`;
  return new Failure('port-in-use', message, { hint: 'Is Axon running twice? Choose another port in the settings.', cause });
}
