import { Combobox, ScrollArea, useCombobox } from '@mantine/core';
import { ChevronDown, Sparkles } from 'lucide-react';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { modelChoices } from './choices.ts';
import type { ModelChoice } from './choices.ts';
import classes from './model-picker.module.css';

const automatic = '';

/** Auto first, then every model in the swarm with the machines that have it. `model` null: automatic. */
export function ModelPicker({ model, onPick }: { model: string | null; onPick: (model: string | null) => void }): ReactNode {
  const { t } = useTranslation('window');
  const self = useView((view) => view.self);
  const peers = useView((view) => view.peers);
  const choices = useMemo(() => modelChoices({ self, peers }), [self, peers]);
  const box = useCombobox({
    onDropdownClose: () => box.resetSelectedOption(),
    onDropdownOpen: () => box.updateSelectedOptionIndex('active'),
  });
  const gone = model !== null && !choices.some((choice) => choice.name === model);

  return (
    <Combobox
      store={box}
      position="top-start"
      width={320}
      withinPortal
      onOptionSubmit={(value) => {
        onPick(value === automatic ? null : value);
        box.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes>
        <button
          type="button"
          className={classes.target}
          data-gone={gone || undefined}
          onClick={() => box.toggleDropdown()}
          aria-label={t('models.pick', { model: model ?? t('models.auto') })}
          data-testid="model-picker"
        >
          {model === null && <Sparkles size={13} aria-hidden />}
          <span className={classes.current}>{model ?? t('models.auto')}</span>
          <ChevronDown size={13} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options aria-label={t('models.title')}>
          <ScrollArea.Autosize mah={320} type="auto">
            <Combobox.Option value={automatic} active={model === null} className={classes.option}>
              <span className={classes.name}>{t('models.auto')}</span>
              <span className={classes.facts}>{t('models.autoText')}</span>
            </Combobox.Option>
            {choices.map((choice) => (
              <Choice key={choice.name} choice={choice} active={choice.name === model} />
            ))}
            {gone && (
              <Combobox.Option value={model} active className={classes.option}>
                <span className={classes.name}>{model}</span>
                <span className={classes.facts}>{t('models.gone')}</span>
              </Combobox.Option>
            )}
            {choices.length === 0 && <div className={classes.none}>{t('models.none')}</div>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Choice({ choice, active }: { choice: ModelChoice; active: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const loaded = choice.machines.some((machine) => machine.loaded);
  return (
    <Combobox.Option value={choice.name} active={active} className={classes.option}>
      <span className={classes.name}>
        {choice.name}
        <span className={classes.badge} data-loaded={loaded || undefined}>
          {loaded ? t('models.loaded') : t('models.cold')}
        </span>
      </span>
      <span className={classes.facts}>
        {choice.machines.map((machine) => machine.name).join(', ')}
        {choice.sizeBytes !== undefined && ` · ${format.bytes(choice.sizeBytes, i18n.language)}`}
      </span>
    </Combobox.Option>
  );
}
