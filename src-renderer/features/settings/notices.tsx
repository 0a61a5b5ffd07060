import { Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../src-shared/settings.ts';
import { useView } from '../../node/index.ts';
import { useSaveSettings } from './use-save-settings.ts';

const kinds: (keyof Settings['notifications'])[] = ['joins', 'leaders', 'answers', 'downloads', 'updates'];

/** Each kind of notification has a switch of its own. */
export function Notices(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const notifications = useView((view) => view.settings.notifications);
  return kinds.map((kind) => (
    <Switch
      key={kind}
      withThumbIndicator={false}
      label={t(`settings.notices.${kind}`)}
      checked={notifications[kind] !== false}
      onChange={(event) => void save({ notifications: { ...notifications, [kind]: event.currentTarget.checked } })}
      data-testid={`settings-notice-${kind}`}
    />
  ));
}
