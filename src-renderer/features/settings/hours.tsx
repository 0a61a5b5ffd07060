import { ActionIcon, Button } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PauseHours } from '../../../src-shared/settings.ts';
import { useTyped } from '../../ui/index.ts';
import { clockOf, dayNames, minutesOf, weekOf } from './week.ts';
import classes from './hours.module.css';

/** As many as the settings keep. */
const maxHours = 32;

/** Evenings of working days: a start that most people only shift. */
const firstHours: PauseHours = { days: [1, 2, 3, 4, 5], from: 18 * 60, to: 22 * 60 };

/** The hours that belong to the owner. */
export function Hours({ hours, onChange }: { hours: readonly PauseHours[]; onChange: (hours: PauseHours[]) => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <div>
      <span className={classes.label}>{t('settings.sharing.hours')}</span>
      {hours.length > 0 && (
        <ul className={classes.list}>
          {hours.map((one, at) => (
            // They have no name of their own, and no two lines change places.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at} className={classes.hours} data-testid="pause-hours">
              <Line
                hours={one}
                onChange={(next) => onChange(hours.map((old, index) => (index === at ? next : old)))}
                onRemove={() => onChange(hours.filter((_old, index) => index !== at))}
              />
            </li>
          ))}
        </ul>
      )}
      {hours.length < maxHours && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          className={classes.add}
          leftSection={<Plus size={13} aria-hidden />}
          onClick={() => onChange([...hours, firstHours])}
          data-testid="pause-hours-add"
        >
          {hours.length === 0 ? t('settings.sharing.addFirstHours') : t('settings.sharing.addHours')}
        </Button>
      )}
    </div>
  );
}

function Line({
  hours,
  onChange,
  onRemove,
}: {
  hours: PauseHours;
  onChange: (hours: PauseHours) => void;
  onRemove: () => void;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  const days = dayNames(i18n.language);
  const toggle = (day: number): void => {
    const next = hours.days.includes(day) ? hours.days.filter((old) => old !== day) : [...hours.days, day].sort((a, b) => a - b);
    // Hours of no day would be none: taking the line away is its own button.
    if (next.length > 0) onChange({ ...hours, days: next });
  };
  return (
    <>
      <div className={classes.days} role="group" aria-label={t('settings.sharing.days')}>
        {weekOf(i18n.language).map((day) => (
          <button
            key={day}
            type="button"
            className={classes.day}
            aria-pressed={hours.days.includes(day)}
            title={days[day]?.long}
            onClick={() => toggle(day)}
          >
            {days[day]?.short}
          </button>
        ))}
      </div>
      <div className={classes.times}>
        <Time label={t('settings.sharing.from')} minutes={hours.from} onChange={(from) => onChange({ ...hours, from })} />
        <span aria-hidden>–</span>
        <Time label={t('settings.sharing.to')} minutes={hours.to} onChange={(to) => onChange({ ...hours, to })} />
        {hours.to <= hours.from && <span className={classes.over}>{t('settings.sharing.nextDay')}</span>}
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        className={classes.remove}
        onClick={onRemove}
        aria-label={t('settings.sharing.removeHours')}
        title={t('settings.sharing.removeHours')}
      >
        <X size={14} aria-hidden />
      </ActionIcon>
    </>
  );
}

/** Taken when it is left, or with Enter: hour and minute are typed one after the other. */
function Time({ label, minutes, onChange }: { label: string; minutes: number; onChange: (minutes: number) => void }): ReactNode {
  const { typed, type, commit } = useTyped((text: string) => {
    const next = minutesOf(text);
    if (next !== null && next !== minutes) onChange(next);
    return true;
  });
  return (
    <input
      type="time"
      className={classes.time}
      aria-label={label}
      value={typed ?? clockOf(minutes)}
      onChange={(event) => type(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
