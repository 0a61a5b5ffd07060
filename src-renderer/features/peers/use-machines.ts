import { useMemo } from 'react';
import { useView } from '../../node/index.ts';
import { machines } from './machines.ts';
import type { Machine } from './machines.ts';

export function useMachines(): Machine[] {
  const self = useView((view) => view.self);
  const peers = useView((view) => view.peers);
  const settings = useView((view) => view.settings);
  const membership = useView((view) => view.membership);
  const downloads = useView((view) => view.downloads);
  return useMemo(() => machines({ self, peers, settings, membership, downloads }), [self, peers, settings, membership, downloads]);
}
