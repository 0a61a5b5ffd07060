import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceLine, useEngineWords, useView } from '../../node/index.ts';
import { ChoiceField } from './choice-field.tsx';
import { ListedChoice } from './listed-choice.tsx';
import { SavedText } from './saved-text.tsx';
import { ServerKeyField } from './server-key.tsx';
import { useOverride } from './use-override.ts';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './settings-drawer.module.css';

/** Which engine answers, where its server is, and with which model. `inSight`: the drawer was opened for one that does not run. */
export function EngineChoice({ inSight }: { inSight: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const save = useSaveSettings();
  const engine = useView((view) => view.settings.engine);
  const model = useView((view) => view.settings.model ?? null);
  const models = useView((view) => view.self.models);
  const device = useView((view) => view.self.engine?.device ?? null);
  const asks = useView((view) => view.self.role.actual.kind === 'subordinate');
  const down = useEngineWords();
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (inSight) line.current?.scrollIntoView({ block: 'center' });
  }, [inSight]);
  const [kindBy, modelBy] = [useOverride('engine'), useOverride('model')];
  const names = [...new Set([...models.map(({ name }) => name), ...(model === null ? [] : [model])])];
  return (
    <>
      <ChoiceField
        id="axon-engine"
        label={t('settings.engineKind')}
        value={engine}
        disabled={kindBy.fixed}
        choices={[
          { value: 'embedded', label: t('settings.engines.embedded') },
          { value: 'ollama', label: t('settings.engines.ollama') },
          { value: 'openai', label: t('settings.engines.openai') },
        ]}
        onChange={(value) => void save({ engine: value })}
      >
        {kindBy.why !== undefined && <p className={classes.hint}>{kindBy.why}</p>}
        {down === null ? (
          <p className={classes.hint} data-testid="engine-choice-device">
            {device === null ? t(asks ? 'settings.engineUnneeded' : 'settings.engineOff') : deviceLine(t, i18n.language, device)}
          </p>
        ) : (
          <p className={classes.down} ref={line} role="status" data-testid="engine-choice-down">
            <strong>{down.title}.</strong> {down.text} {down.fix}
          </p>
        )}
      </ChoiceField>
      {engine === 'ollama' && <Address setting="ollamaUrl" />}
      {engine === 'openai' && <Address setting="openaiUrl" />}
      {engine === 'openai' && <ServerKeyField />}
      <ListedChoice
        label={t('settings.model')}
        description={modelBy.why ?? t('settings.modelHint')}
        disabled={modelBy.fixed}
        placeholder={t('settings.modelAll')}
        data={names.map((name) => ({ value: name, label: name }))}
        value={model}
        clearable
        onChange={(value) => void save({ model: value })}
      />
    </>
  );
}

/** As the node takes them: Ollama's without a scheme too, as Ollama itself does; any other one's as a page's. */
const isAddress = {
  ollamaUrl: (text: string): boolean => URL.canParse(text),
  openaiUrl: (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
};

/** Where the server of an engine listens; empty: where it does by itself. */
function Address({ setting }: { setting: 'ollamaUrl' | 'openaiUrl' }): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const url = useView((view) => view.settings[setting] ?? '');
  const by = useOverride(setting);
  return (
    <SavedText
      label={t(`settings.${setting}`)}
      description={by.why ?? t(`settings.${setting}Hint`)}
      disabled={by.fixed}
      value={url}
      maxLength={300}
      check={(text) => (text === '' || isAddress[setting](text) ? null : t(`settings.${setting}Bad`))}
      save={(text) => save({ [setting]: text === '' ? null : text })}
    />
  );
}
