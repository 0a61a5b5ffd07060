// One node of the swarm in memory, as its parts know it.
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import type { HeldAnswers } from '../../src-main/jobs/held-answers.ts';
import type { ServedChat, ServedModels } from '../../src-main/jobs/ports.ts';
import type { Trust } from '../../src-main/membership/ports.ts';
import type { NetworkEvent } from '../../src-main/swarm/ports.ts';

export type MemberOptions = {
  privateKey: Uint8Array;
  trust: Trust;
  serve: ServedChat;
  models?: ServedModels;
  onEvent: (event: NetworkEvent) => void;
  remembered?: { peerId: PeerId; addresses: string[] }[];
  remember?: (peerId: PeerId, addresses: string[]) => void;
};

export type Member = MemberOptions & {
  peerId: PeerId;
  address: string;
  offer: Offer | undefined;
  forgotten: Set<PeerId>;
  held: HeldAnswers;
};
