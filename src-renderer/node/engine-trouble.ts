import { useTranslation } from 'react-i18next';
import { serverProgramNames, type EngineFacts } from '../../src-shared/engine.ts';
import { isEngineDown } from '../../src-shared/role.ts';
import { useFailureWords, type FailureWords } from './failure-words.ts';
import { useView } from './hooks.ts';

/**
 * What keeps the engine of this machine from answering, while it is to answer; null: nothing does, or it need not. A built-in engine that is
 * started again by itself is no news.
 */
export function useEngineTrouble(): FailureWords | null {
  const words = useEngineWords();
  const troubled = useView(({ self }) => isEngineDown(self));
  const again = useView(({ self: { engine } }) => engine?.state.kind === 'failed' && engine.state.retryAt !== undefined);
  const ours = useView(({ self }) => self.engine?.kind === 'embedded');
  return troubled && !(ours && again) ? words : null;
}

/** Why the engine of this machine does not run, whatever it is for; null: it runs, or was not started. */
export function useEngineWords(): FailureWords | null {
  const { t } = useTranslation('window');
  const words = useFailureWords();
  const engine = useView(({ self }) => self.engine);
  if (engine?.state.kind !== 'failed') return null;
  const { code } = engine.state.failure;
  const { address } = engine;
  if (code === 'engine-locked' && address !== undefined)
    return { title: words(code).title, text: t('engineDown.locked.text', { address }), fix: t('engineDown.locked.fix') };
  if (!isServer(engine) || (code !== 'engine-missing' && code !== 'engine-stalled')) return words(code);
  if (address === undefined)
    return {
      title: t('engineDown.none.title'),
      text: t('engineDown.none.text', { one: serverProgramNames['lm-studio'], other: serverProgramNames['llama-server'] }),
      fix: t('engineDown.none.fix'),
    };
  const name = engine.kind === 'ollama' ? 'Ollama' : engine.program === undefined ? null : serverProgramNames[engine.program];
  return name === null
    ? { title: t('engineDown.server.title'), text: t('engineDown.server.text', { address }), fix: t('engineDown.server.fix') }
    : {
        title: t('engineDown.named.title', { name }),
        text: t('engineDown.named.text', { address }),
        fix: t('engineDown.named.fix', { name }),
      };
}

function isServer({ kind }: EngineFacts): boolean {
  return kind === 'ollama' || kind === 'openai';
}
