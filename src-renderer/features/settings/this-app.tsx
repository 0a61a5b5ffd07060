import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { zoomFactor, zoomSteps, type ZoomFactor } from '../../../src-shared/desktop.ts';
import { inApp, useAttempt, useDesktop, useEpoch } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { ListedChoice } from './listed-choice.tsx';
import classes from './settings-drawer.module.css';

/** How large everything is. In a browser tab its own zoom does that, and it says so. */
export function ZoomField(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const epoch = useEpoch();
  const [factor, setFactor] = useState<ZoomFactor | null>(null);
  useEffect(() => {
    const look = (): void => {
      desktop()
        .zoom()
        .then(setFactor, () => setFactor(null));
    };
    look();
    // the keys change it as well, and with it the size of the page in its own pixels
    window.addEventListener('resize', look);
    return () => window.removeEventListener('resize', look);
  }, [desktop, epoch]);
  if (factor === null) return <p className={classes.hint}>{t('settings.zoomNotHere')}</p>;
  const set = async (wanted: ZoomFactor): Promise<void> => {
    if (await attempt(async () => await desktop().setZoom({ factor: wanted }))) setFactor(wanted);
  };
  return (
    <ListedChoice
      label={t('settings.zoom')}
      data={zoomSteps.map((step) => ({ value: String(step), label: format.percent(step, i18n.language) }))}
      value={String(factor)}
      allowDeselect={false}
      onChange={(value) => {
        const { data } = zoomFactor.safeParse(Number(value));
        if (data !== undefined) void set(data);
      }}
      testId="settings-zoom"
    />
  );
}

/** Some desktops show no tray, and closing the window hides it: this is the way out there. A page in a browser does not end its node. */
export function QuitApp(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  if (!inApp) return null;
  return (
    <div>
      <Button variant="default" size="xs" onClick={() => void attempt(async () => await desktop().quit())} data-testid="settings-quit">
        {t('settings.quit')}
      </Button>
      <p className={classes.hint}>{t('settings.quitHint')}</p>
    </div>
  );
}
