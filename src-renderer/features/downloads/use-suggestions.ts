import { useEffect, useState } from 'react';
import type { SuggestedModel } from '../../../src-shared/download.ts';
import { useEpoch, useNode, useView } from '../../node/index.ts';

/** null: not said yet. Asked again when the engine, its models, or what is known of the machine changes. */
export function useSuggestions(): SuggestedModel[] | null {
  const node = useNode();
  const epoch = useEpoch();
  const [models, setModels] = useState<SuggestedModel[] | null>(null);
  const changes = useView(({ self, settings }) => {
    const { gpus, ram } = self.hardware;
    const memory = [ram.totalMb, ...gpus.map(({ vramMb }) => vramMb)];
    return JSON.stringify([
      settings.engine,
      settings.ollamaUrl ?? null,
      settings.openaiUrl ?? null,
      self.engine?.device.kind,
      self.models.map(({ name }) => name),
      memory,
    ]);
  });
  useEffect(() => {
    let over = false;
    // without a link the window says so itself
    node()
      .downloads.suggest()
      .then(
        (found) => {
          if (!over) setModels(found);
        },
        () => undefined,
      );
    return () => {
      over = true;
    };
  }, [node, epoch, changes]);
  return models;
}
