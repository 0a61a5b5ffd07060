import { Combobox } from '@mantine/core';
import type { ComboboxStore } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { mayAsk, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { optionValue, pickerGroups } from './choices.ts';
import type { MachineChoice, ModelChoice, Picked, SharedChoice } from './choices.ts';
import classes from './model-picker.module.css';

/** The search box of the picker, and below it Auto, what several machines offer, and each machine with its models. Drawn while it is open. */
export function PickerList(props: {
  machines: readonly MachineChoice[];
  picked: Picked;
  /** What is picked is not there now. */
  gone: boolean;
  box: ComboboxStore;
  onClose: () => void;
}): ReactNode {
  const { machines, picked, gone, box, onClose } = props;
  const { t, i18n } = useTranslation('window');
  const [search, setSearch] = useState('');
  const listId = useId();
  /** The option that Enter takes. */
  const [under, setUnder] = useState<string | null>(null);
  const { shared, machines: groups, hidden } = useMemo(() => pickerGroups(machines, search), [machines, search]);
  const searching = search.trim() !== '';
  const allowed = useView(mayAsk);
  const nothing = groups.length === 0;

  const { selectActiveOption, selectFirstOption, focusSearchInput } = box;
  // What is picked is under the keys first; of what is searched the first one, so that Enter takes it.
  useEffect(() => {
    setUnder(searching ? selectFirstOption() : selectActiveOption());
  }, [searching, search, selectActiveOption, selectFirstOption]);
  useEffect(focusSearchInput, [focusSearchInput]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setUnder(box.selectNextOption());
    else if (event.key === 'ArrowUp') setUnder(box.selectPreviousOption());
    else if (event.key === 'Enter') box.clickSelectedOption();
    else if (event.key === 'Tab') {
      box.closeDropdown();
      return;
    } else if (event.key === 'Escape') {
      // It belongs to this list alone: a running answer goes on.
      event.stopPropagation();
      onClose();
    } else return;
    event.preventDefault();
  };

  return (
    <>
      <Combobox.Search
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        withKeyboardNavigation={false}
        withAriaAttributes={false}
        role="combobox"
        aria-expanded
        aria-haspopup="listbox"
        aria-autocomplete="list"
        aria-controls={listId}
        aria-activedescendant={under ?? undefined}
        aria-label={t('models.search')}
        placeholder={t('models.search')}
        leftSection={<Search size={14} aria-hidden />}
        maxLength={100}
        autoComplete="off"
        data-testid="model-search"
      />
      <Combobox.Options id={listId} aria-label={t('models.title')} className={classes.options}>
        {!searching && <Auto machines={machines} picked={picked} />}
        {!searching && gone && (
          <Combobox.Option value={optionValue(picked)} active aria-selected className={classes.option}>
            <span className={classes.name}>{picked.model ?? t('models.auto')}</span>
            <span className={classes.facts}>{allowed ? t('models.gone') : t('chat.notAllowed.title')}</span>
          </Combobox.Option>
        )}
        {shared.length > 0 && (
          <Combobox.Group label={t('models.anyMachine')}>
            {shared.map((choice) => (
              <Shared key={choice.name} choice={choice} active={picked.machine === null && picked.model === choice.name} />
            ))}
          </Combobox.Group>
        )}
        {groups.map((machine) => (
          <Machine key={machine.id} machine={machine} picked={picked} whole={!searching && machines.length > 1} />
        ))}
      </Combobox.Options>
      {hidden > 0 && <div className={classes.none}>{t('models.more', { hidden: format.count(hidden, i18n.language) })}</div>}
      {nothing && (searching || allowed) && (
        <div className={classes.none} role="status">
          {searching ? t('models.nothing') : t('models.none')}
        </div>
      )}
      {!allowed && (
        <div className={classes.none} role="status" data-testid="picker-not-allowed">
          {t('chat.notAllowed.title')}
        </div>
      )}
    </>
  );
}

function Auto({ machines, picked }: { machines: readonly MachineChoice[]; picked: Picked }): ReactNode {
  const { t } = useTranslation('window');
  const preferred = machines.find((machine) => machine.preferred);
  const active = picked.model === null && picked.machine === null;
  return (
    <Combobox.Option value={optionValue({ model: null, machine: null })} active={active} aria-selected={active} className={classes.option}>
      <span className={classes.name}>{t('models.autoBest')}</span>
      <span className={classes.facts}>
        {preferred === undefined ? t('models.autoText') : t('models.autoPreferred', { name: preferred.name })}
      </span>
    </Combobox.Option>
  );
}

function Shared({ choice, active }: { choice: SharedChoice; active: boolean }): ReactNode {
  return (
    <Combobox.Option
      value={optionValue({ model: choice.name, machine: null })}
      active={active}
      aria-selected={active}
      className={classes.option}
      data-testid="shared-choice"
    >
      <span className={classes.name}>
        <span>{choice.name}</span>
        <Loaded loaded={choice.loaded} />
      </span>
      <span className={classes.facts}>{choice.machines.join(', ')}</span>
    </Combobox.Option>
  );
}

/** whole: the machine can be picked without a model too */
function Machine({ machine, picked, whole }: { machine: MachineChoice; picked: Picked; whole: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const facts = [
    machine.self ? t('machines.thisOne') : null,
    machine.preferred ? t('machines.preferred') : null,
    machine.paused ? t('machines.paused.short') : null,
  ].filter((fact) => fact !== null);
  const mine = picked.machine === machine.id;
  const auto = mine && picked.model === null;
  return (
    <Combobox.Group label={[machine.name, ...facts].join(' · ')} data-testid="machine-group">
      {whole && (
        <Combobox.Option
          value={optionValue({ model: null, machine: machine.id })}
          active={auto}
          aria-selected={auto}
          className={classes.option}
        >
          <span className={classes.name}>{t('models.on', { model: t('models.auto'), machine: machine.name })}</span>
        </Combobox.Option>
      )}
      {machine.models.map((model) => (
        <Choice key={model.name} model={model} machine={machine.id} active={mine && picked.model === model.name} />
      ))}
    </Combobox.Group>
  );
}

function Choice({ model, machine, active }: { model: ModelChoice; machine: string; active: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { name, loaded, tooBig, capabilities, parameters, quantization, sizeBytes, context } = model;
  const { language } = i18n;
  const facts = [
    parameters,
    quantization,
    // files are counted in other gigabytes than memory: beside what it needs, its size would look like a contradiction
    sizeBytes === undefined || tooBig !== null ? undefined : format.bytes(sizeBytes, language),
    context === null ? undefined : t('models.context', { tokens: format.count(context, language) }),
    tooBig === null
      ? undefined
      : t('models.tooBigText', { need: format.mebibytes(tooBig.needMb, language), total: format.mebibytes(tooBig.totalMb, language) }),
  ].filter((fact) => fact !== undefined);
  return (
    <Combobox.Option
      value={optionValue({ model: name, machine })}
      active={active}
      aria-selected={active}
      className={classes.option}
      data-testid="model-choice"
    >
      <span className={classes.name}>
        <span>{name}</span>
        {tooBig === null ? (
          <Loaded loaded={loaded} />
        ) : (
          <span className={classes.badge} data-warn>
            {t('models.tooBig')}
          </span>
        )}
        {capabilities.map((capability) => (
          <span key={capability} className={classes.badge}>
            {t(`models.can.${capability}`)}
          </span>
        ))}
      </span>
      {facts.length > 0 && <span className={classes.facts}>{facts.join(' · ')}</span>}
    </Combobox.Option>
  );
}

function Loaded({ loaded }: { loaded: boolean }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <span className={classes.badge} data-loaded={loaded || undefined}>
      {loaded ? t('models.loaded') : t('models.cold')}
    </span>
  );
}
