// Some of the many nodes of the crowd benchmark, in one process. Told what to do over fork's channel.
import process from 'node:process';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import type { PeerNetwork } from '../../src-main/network/network.ts';
import { benchNetwork } from './node-parts.ts';

export type ToCrowd =
  | { do: 'start'; nodes: number; name: string }
  /** Each of this process's nodes from `from` on dials these, a few at a time. */
  | { do: 'dial'; node: number; addresses: string[] }
  /** tidy: memory is what is left once nothing is lying about, which takes its time. */
  | { do: 'usage'; tidy: boolean };
export type FromCrowd =
  | { started: string[] }
  | { dialled: number; failed: number }
  /** MiB; CPU of this process until it was asked, ms, and for tidying up before memory is read; connections as its nodes count them */
  | { memoryMiB: number; cpuMs: number; tidyMs: number; connections: number };

const nodes: PeerNetwork[] = [];
const connected = new Map<number, Set<string>>();

const tell = (message: FromCrowd): void => void process.send?.(message);

function offerOf(name: string): Offer {
  return { revision: 1, name, version: '0.0.0', role: 'subordinate', hardware: unknownHardware, leads: null };
}

async function start(count: number, name: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const seen = new Set<string>();
    connected.set(index, seen);
    const node = benchNetwork(
      async function* () {},
      (event) => {
        if (event.kind === 'connected') seen.add(event.peerId);
        if (event.kind === 'disconnected') seen.delete(event.peerId);
      },
    );
    await node.start();
    node.announce(offerOf(`${name}${index}`));
    nodes.push(node);
  }
  tell({ started: nodes.map((node) => node.addresses()[0] ?? '') });
}

/** As a node that hears of many at once: eight dials at a time. */
async function dial(node: PeerNetwork | undefined, addresses: readonly string[]): Promise<void> {
  const left = [...addresses];
  let [dialled, failed] = [0, 0];
  const worker = async (): Promise<void> => {
    for (let address = left.pop(); address !== undefined; address = left.pop()) {
      await node?.dial(address, AbortSignal.timeout(30_000)).then(
        () => (dialled += 1),
        () => (failed += 1),
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  tell({ dialled, failed });
}

/** ms of processor time of this process so far */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

process.on('message', (message: ToCrowd) => {
  if (message.do === 'start') void start(message.nodes, message.name);
  if (message.do === 'dial') void dial(nodes[message.node], message.addresses);
  if (message.do === 'usage') {
    const cpuMs = usedMs();
    if (message.tidy) globalThis.gc?.();
    const tidyMs = usedMs() - cpuMs;
    const connections = [...connected.values()].reduce((sum, seen) => sum + seen.size, 0);
    tell({ memoryMiB: process.memoryUsage().rss / 2 ** 20, cpuMs, tidyMs, connections });
  }
});
process.on('disconnect', () => process.exit(0));
