import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { format } from '../../ui/index.ts';
import { gpuLine, useView } from '../../node/index.ts';
import { useLocalEngines } from './use-local-engines.ts';

/** What this machine brings, in one line: "RTX 4090, 24 GB · Ollama found". What is not known is said to be unknown. */
export function ThisComputer(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { engines } = useLocalEngines();
  const { gpus, unknown, ram } = useView((view) => view.self.hardware);
  const [gpu] = gpus;
  const memory =
    ram.totalMb === null ? t('first.memoryUnknown') : t('first.memory', { size: format.mebibytes(ram.totalMb, i18n.language) });
  const graphics =
    gpu !== undefined
      ? gpuLine(t, i18n.language, gpu)
      : unknown?.includes('gpus') === true
        ? t('machines.gpuUnknown')
        : t('machines.noGpu');
  const ollama = engines?.find(({ kind }) => kind === 'ollama');
  const found = ollama !== undefined && ollama.failure?.code !== 'engine-missing' && ollama.facts.state.kind !== 'failed';
  const engine = engines === null ? t('settings.found.looking') : found ? t('first.ollamaFound') : t('first.builtIn');
  return <span data-testid="this-computer">{[graphics, memory, engine].join(' · ')}</span>;
}
