import { Button, Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';

/** "Anyone with the key is a member": off unless somebody wants it, and what it means. */
export function OpenSwitch(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const open = useView((view) => view.settings.open);
  return (
    <Switch
      withThumbIndicator={false}
      label={t('open.switch')}
      description={t('open.text')}
      checked={open}
      onChange={(event) => void attempt(async () => await node().settings.update({ open: event.currentTarget.checked }))}
      data-testid="settings-open-swarm"
    />
  );
}

/** Said wherever it is on. */
export function OpenBar(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const open = useView((view) => view.membership.open);
  const guest = useView((view) => view.membership.standing === 'pending');
  if (guest) {
    return (
      <Notice bar tone="quiet" title={t('open.guestTitle')} testId="open-guest">
        {t('open.guestText')}
      </Notice>
    );
  }
  if (!open) return null;
  return (
    <Notice
      bar
      tone="warn"
      title={t('open.barTitle')}
      testId="open-bar"
      actions={
        <Button size="compact-sm" variant="default" onClick={() => void attempt(async () => await node().settings.update({ open: false }))}>
          {t('open.off')}
        </Button>
      }
    >
      {t('open.barText')}
    </Notice>
  );
}
