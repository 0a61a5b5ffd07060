import { Combobox, useCombobox } from '@mantine/core';
import { ChevronDown, Sparkles } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { mayAsk, useMadeOfView, useView } from '../../node/index.ts';
import { machineChoices, pickedBy } from './choices.ts';
import type { Picked } from './choices.ts';
import classes from './model-picker.module.css';
import { PickerList } from './picker-list.tsx';

/** Of the popover beneath, which its types do not pass on: the list closes itself by Esc, so that nothing else hears of the key. */
const escapes = { closeOnEscape: false };

/** machineName: as it was called when it was picked, for when it is not there; null where none was picked */
type NamedPick = Picked & { machineName: string | null };

/** What the next questions go to, and a click that chooses: Auto, a model wherever it is, or one machine with or without a model. */
export function ModelPicker({ picked, onPick }: { picked: NamedPick; onPick: (picked: NamedPick) => void }): ReactNode {
  const { t } = useTranslation('window');
  const machines = useMadeOfView(machineChoices);
  const allowed = useView(mayAsk);
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() });
  const { model, machine } = picked;
  const chosen = machines.find(({ id }) => id === machine);
  const among = chosen === undefined ? machines : [chosen];
  const gone =
    (machine !== null && chosen === undefined) ||
    (model !== null && !among.some(({ models }) => models.some(({ name }) => name === model)));
  const current =
    machine === null
      ? (model ?? t('models.auto'))
      : t('models.on', { model: model ?? t('models.auto'), machine: chosen?.name ?? (picked.machineName || t('models.away')) });
  const close = (): void => {
    // what had the focus goes away; whoever took it meanwhile keeps it
    if (document.activeElement === box.searchRef.current) box.focusTarget();
    box.closeDropdown();
  };

  return (
    <Combobox
      {...escapes}
      store={box}
      position="top-start"
      width="calc(min(380px, 100vw - 16px))"
      withinPortal
      onOptionSubmit={(value) => {
        const next = pickedBy(value);
        const name = machines.find(({ id }) => id === next.machine)?.name;
        onPick({ ...next, machineName: name ?? (next.machine === machine ? picked.machineName : null) });
        close();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <button
          type="button"
          className={classes.target}
          data-gone={gone || undefined}
          onClick={() => box.toggleDropdown()}
          aria-haspopup="listbox"
          aria-expanded={box.dropdownOpened}
          aria-label={t('models.pick', { model: current })}
          title={!gone ? undefined : allowed ? t('models.gone') : t('chat.notAllowed.title')}
          data-testid="model-picker"
        >
          {model === null && <Sparkles size={13} aria-hidden />}
          <span className={classes.current}>{current}</span>
          <ChevronDown size={13} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown className={classes.dropdown}>
        {box.dropdownOpened && <PickerList machines={machines} picked={picked} gone={gone} box={box} onClose={close} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}
