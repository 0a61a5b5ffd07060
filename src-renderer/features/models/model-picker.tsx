import { Combobox, useCombobox } from '@mantine/core';
import { ChevronDown, Sparkles } from 'lucide-react';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { machineChoices, modelChoices, pick } from './choices.ts';
import type { MachineChoice, ModelChoice, Picked } from './choices.ts';
import classes from './model-picker.module.css';

const [automatic, ofModel, ofMachine] = ['auto', 'model:', 'machine:'];

/** Auto first, then every model in the swarm with the machines that have it, then the machines, for the next question only. */
export function ModelPicker({ picked, onPick }: { picked: Picked; onPick: (picked: Picked) => void }): ReactNode {
  const { t } = useTranslation('window');
  const self = useView((view) => view.self);
  const peers = useView((view) => view.peers);
  const settings = useView((view) => view.settings);
  const models = useMemo(() => modelChoices({ self, peers }), [self, peers]);
  const machines = useMemo(() => machineChoices({ self, peers, settings }), [self, peers, settings]);
  const box = useCombobox({
    onDropdownClose: () => box.resetSelectedOption(),
    onDropdownOpen: () => box.updateSelectedOptionIndex('active'),
  });
  const { model, machine } = picked;
  const gone = model !== null && !models.some((choice) => choice.name === model);
  const preferred = machines.find((choice) => choice.preferred);
  const chosen = machines.find(({ id }) => id === machine) ?? null;
  const away = machine !== null && chosen === null;
  const current =
    machine === null
      ? (model ?? t('models.auto'))
      : t('models.on', { model: model ?? t('models.auto'), machine: chosen?.name ?? t('models.away') });

  return (
    <Combobox
      store={box}
      position="top-start"
      width={320}
      withinPortal
      onOptionSubmit={(value) => {
        onPick(afterPick(value, picked, machines));
        box.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes>
        <button
          type="button"
          className={classes.target}
          data-gone={gone || away || undefined}
          onClick={() => box.toggleDropdown()}
          aria-label={t('models.pick', { model: current })}
          data-testid="model-picker"
        >
          {model === null && <Sparkles size={13} aria-hidden />}
          <span className={classes.current}>{current}</span>
          <ChevronDown size={13} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options aria-label={t('models.title')} className={classes.options}>
          <Combobox.Option value={automatic} active={model === null && machine === null} className={classes.option}>
            <span className={classes.name}>{t('models.auto')}</span>
            <span className={classes.facts}>
              {preferred === undefined ? t('models.autoText') : t('models.autoPreferred', { name: preferred.name })}
            </span>
          </Combobox.Option>
          {models.map((choice) => (
            <Choice key={choice.name} choice={choice} active={choice.name === model} />
          ))}
          {gone && (
            <Combobox.Option value={ofModel + model} active className={classes.option}>
              <span className={classes.name}>{model}</span>
              <span className={classes.facts}>{t('models.gone')}</span>
            </Combobox.Option>
          )}
          {models.length === 0 && <div className={classes.none}>{t('models.none')}</div>}
          {machines.length > 1 && (
            <Combobox.Group label={t('models.onlyOn')}>
              {machines.map((choice) => (
                <Machine key={choice.id} choice={choice} active={choice.id === machine} />
              ))}
            </Combobox.Group>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** A machine that is picked already is picked off again. */
function afterPick(value: string, picked: Picked, machines: readonly MachineChoice[]): Picked {
  if (value.startsWith(ofModel)) return pick(picked, { model: value.slice(ofModel.length) }, machines);
  if (!value.startsWith(ofMachine)) return { model: null, machine: null };
  const id = value.slice(ofMachine.length);
  return pick(picked, { machine: id === picked.machine ? null : id }, machines);
}

function Machine({ choice, active }: { choice: MachineChoice; active: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const facts = [
    choice.self ? t('machines.thisOne') : null,
    choice.preferred ? t('machines.preferred') : null,
    choice.paused ? t('machines.paused.short') : null,
  ].filter((fact) => fact !== null);
  return (
    <Combobox.Option value={ofMachine + choice.id} active={active} className={classes.machine}>
      <span className={classes.name}>{choice.name}</span>
      {facts.length > 0 && <span className={classes.facts}>{facts.join(' · ')}</span>}
    </Combobox.Option>
  );
}

function Choice({ choice, active }: { choice: ModelChoice; active: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const loaded = choice.machines.some((machine) => machine.loaded);
  return (
    <Combobox.Option value={ofModel + choice.name} active={active} className={classes.option}>
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
