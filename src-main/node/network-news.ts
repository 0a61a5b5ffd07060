// What the network last told of itself; of the peers src-main/node/peers.ts keeps what is known.
import type { FailureShape } from '../../src-shared/failure.ts';
import type { NetworkEvent } from '../swarm/ports.ts';

type About = Extract<NetworkEvent, { kind: 'trouble' }>['about'];

export type NetworkNews = {
  hear(event: NetworkEvent): void;
  /** The network began anew: nothing of the old one counts. */
  restart(): void;
  /** How many swarms with another key are near. */
  otherSwarms(): number;
  /** Own addresses; empty: none yet */
  listening(): string[];
  /** undefined: all is well */
  trouble(about: About): FailureShape | undefined;
};

export function networkNews(): NetworkNews {
  const troubles = new Map<About, FailureShape>();
  let otherSwarms = 0;
  let listening: string[] = [];
  return {
    hear(event) {
      if (event.kind === 'other-swarms') otherSwarms = event.count;
      if (event.kind === 'listening') listening = event.addresses;
      if (event.kind !== 'trouble') return;
      if (event.failure === null) troubles.delete(event.about);
      else troubles.set(event.about, event.failure);
    },
    restart() {
      troubles.clear();
      otherSwarms = 0;
      listening = [];
    },
    otherSwarms: () => otherSwarms,
    listening: () => listening,
    trouble: (about) => troubles.get(about),
  };
}
