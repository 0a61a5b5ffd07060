import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../src-shared/settings.ts';
import { useView } from '../../node/index.ts';

/** What decides this setting instead of the person. fixed: it cannot be changed in this run. why: in words; undefined: nothing does */
export function useOverride(setting: keyof Settings): { fixed: boolean; why: string | undefined } {
  const { t } = useTranslation('window');
  const by = useView((view) => view.overrides?.find((one) => one.setting === setting)?.by ?? null);
  const fixed = useView((view) => view.overrides?.find((one) => one.setting === setting)?.firm ?? false);
  if (by === null) return { fixed: false, why: undefined };
  return { fixed, why: fixed ? t('settings.overridden', { by }) : t('settings.byEnvironment', { by }) };
}
