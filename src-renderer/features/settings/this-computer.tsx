import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { serverProgramNames } from '../../../src-shared/engine.ts';
import { format } from '../../ui/index.ts';
import { gpuLine, useView } from '../../node/index.ts';
import { useLocalEngines, type EnginesHere } from './use-local-engines.ts';

/** What this machine brings, in one line: "RTX 4090, 24 GB · Ollama found". What is not known is said to be unknown. */
export function ThisComputer(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { here } = useLocalEngines();
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
  const names = here === null ? [] : foundNames(here);
  const engine =
    here === null
      ? t('settings.found.looking')
      : names.length === 0
        ? t('first.builtIn')
        : t('first.enginesFound', { names: names.join(', ') });
  return <span data-testid="this-computer">{[graphics, memory, engine].join(' · ')}</span>;
}

/** What there is besides the built-in engine. */
function foundNames({ engines, servers }: EnginesHere): string[] {
  const ollama = engines.some(
    ({ kind, failure, facts }) => kind === 'ollama' && failure?.code !== 'engine-missing' && facts.state.kind !== 'failed',
  );
  const others = servers.filter(({ state }) => state !== 'absent').map(({ program }) => serverProgramNames[program]);
  return [...(ollama ? ['Ollama'] : []), ...others];
}
