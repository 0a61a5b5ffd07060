import { useEffect, useState } from 'react';
import type { NearbyDoor } from '../../../src-shared/member.ts';
import { useEpoch, useNode } from '../../node/index.ts';

/** Machines nearby that add a device right now. They are looked for as long as the caller is on screen. */
export function useNearby(): NearbyDoor[] {
  const node = useNode();
  const epoch = useEpoch();
  const [doors, setDoors] = useState<NearbyDoor[]>([]);
  useEffect(() => {
    const attempt = new AbortController();
    const read = async (): Promise<void> => {
      for await (const found of await node().pairing.nearby(undefined, { signal: attempt.signal })) {
        if (!attempt.signal.aborted) setDoors(found);
      }
    };
    // without a list the code still finds the machine, and without a link the window says that
    read().catch(() => setDoors([]));
    return () => attempt.abort();
  }, [node, epoch]);
  return doors;
}
