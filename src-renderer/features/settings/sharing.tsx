import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { yielding as yieldings } from '../../../src-shared/settings.ts';
import type { Settings, Yielding } from '../../../src-shared/settings.ts';
import { useView } from '../../node/index.ts';
import { Hours } from './hours.tsx';
import { ListedChoice } from './listed-choice.tsx';
import { OnRequest } from './on-request.tsx';
import { SavedText } from './saved-text.tsx';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './settings-drawer.module.css';

/** When others may use this computer, and how much of it. Its owner is never held back by any of this. */
export function Sharing(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const yielding = useView((view) => view.settings.yielding);
  const battery = useView((view) => view.self.hardware.battery !== null);
  const metered = useView((view) => view.self.metered ?? null);
  // who ignores it did not ask
  const asked = (yielding.metered ?? 'ignore') !== 'ignore';
  const meteredHint = asked ? t(`settings.sharing.network.${metered === null ? 'unknown' : metered ? 'yes' : 'no'}`) : undefined;
  return (
    <>
      {battery && <Yields what="battery" />}
      <Yields what="busy" />
      <Yields what="metered" hint={meteredHint} />
      <Hours hours={yielding.hours} onChange={(hours) => void save({ yielding: { ...yielding, hours } })} />
      <Limits />
      <p className={classes.hint}>{t('settings.sharing.hint')}</p>
      <OnRequest />
    </>
  );
}

function Yields({ what, hint }: { what: 'battery' | 'busy' | 'metered'; hint?: string | undefined }): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const yielding = useView((view) => view.settings.yielding);
  return (
    <ListedChoice
      label={t(`settings.sharing.${what}`)}
      data={yieldings.options.map((value) => ({ value, label: t(`settings.sharing.yields.${value}`) }))}
      description={hint}
      value={yielding[what] ?? 'ignore'}
      allowDeselect={false}
      onChange={(value) => {
        if (value !== null) void save({ yielding: { ...yielding, [what]: value as Yielding } });
      }}
      testId={`yield-${what}`}
    />
  );
}

function Limits(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const limits = useView((view) => view.settings.limits);
  const field = (name: keyof Settings['limits'], most: number): ReactNode => (
    <SavedText
      label={t(`settings.sharing.${name}`)}
      value={limits[name] === null ? '' : String(limits[name])}
      placeholder={t('settings.sharing.unbounded')}
      maxLength={String(most).length}
      check={(text) => (text.trim() === '' || isWhole(text, most) ? null : t('settings.sharing.wholeNumber'))}
      save={(text) => save({ limits: { ...limits, [name]: text.trim() === '' ? null : Number(text) } })}
      numeric
      testId={`limit-${name}`}
    />
  );
  return (
    <div className={classes.pair}>
      {field('tokensPerDay', 999_999_999)}
      {field('questionsPerMinute', 10_000)}
    </div>
  );
}

function isWhole(text: string, most: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;
}
