import { useCallback, useEffect, useState } from 'react';
import type { FoundServer, LocalEngine } from '../../../src-shared/local-engine.ts';
import { useEpoch, useNode, useView } from '../../node/index.ts';

export type EnginesHere = { engines: LocalEngine[]; servers: FoundServer[] };

/** null: not looked at yet. Looked at again when the engine that runs, its models or the settings about it change. */
export function useLocalEngines(): { here: EnginesHere | null; look: () => Promise<void> } {
  const node = useNode();
  const epoch = useEpoch();
  const [here, setHere] = useState<EnginesHere | null>(null);
  const changes = useView(({ self, settings }) =>
    JSON.stringify([self.engine?.state.kind, self.models, settings.engine, settings.ollamaUrl ?? null, settings.openaiUrl ?? null]),
  );
  const look = useCallback(async () => {
    // one that cannot be looked at says so itself; without a link the window says that
    await Promise.all([node().engines.look(), node().engines.servers()]).then(
      ([engines, servers]) => setHere({ engines, servers }),
      () => undefined,
    );
  }, [node]);
  useEffect(() => void look(), [look, epoch, changes]);
  return { here, look };
}
