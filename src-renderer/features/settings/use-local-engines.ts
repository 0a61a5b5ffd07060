import { useCallback, useEffect, useState } from 'react';
import type { LocalEngine } from '../../../src-shared/local-engine.ts';
import { useEpoch, useNode, useView } from '../../node/index.ts';

/** null: not looked at yet. Looked at again when the engine that runs, its models or the settings about it change. */
export function useLocalEngines(): { engines: LocalEngine[] | null; look: () => Promise<void> } {
  const node = useNode();
  const epoch = useEpoch();
  const [engines, setEngines] = useState<LocalEngine[] | null>(null);
  const changes = useView(({ self, settings }) =>
    JSON.stringify([self.engine?.state.kind, self.models, settings.engine, settings.ollamaUrl ?? null]),
  );
  const look = useCallback(async () => {
    // one that cannot be looked at says so itself; without a link the window says that
    await node()
      .engines.look()
      .then(setEngines, () => undefined);
  }, [node]);
  useEffect(() => void look(), [look, epoch, changes]);
  return { engines, look };
}
