import { useMemo } from 'react';
import { useChat } from '../features/chat/index.ts';
import type { QuestionRoute } from '../features/peers/index.ts';

type Runs = Readonly<
  Record<string, { readonly phase: { readonly kind: string }; readonly placement: { readonly leader: { readonly peerId: string } } | null }>
>;

/** The machines that the open questions are with, each once; writing when one of its answers comes. */
export function routesOf(runs: Runs): QuestionRoute[] {
  const found = new Map<string, QuestionRoute>();
  for (const { phase, placement } of Object.values(runs)) {
    // nobody has it while another machine is looked for
    if (placement === null || phase.kind === 'moving' || phase.kind === 'waiting' || phase.kind === 'sending') continue;
    const { peerId } = placement.leader;
    const writing = phase.kind === 'writing' || phase.kind === 'thinking' || found.get(peerId)?.writing === true;
    found.set(peerId, { peerId, writing });
  }
  return [...found.values()];
}

/** The same list until a route begins, ends or turns: text that streams draws nothing anew. */
export function useRoutes(): readonly QuestionRoute[] {
  const key = useChat(({ runs }) => JSON.stringify(routesOf(runs)));
  return useMemo(() => JSON.parse(key) as QuestionRoute[], [key]);
}
