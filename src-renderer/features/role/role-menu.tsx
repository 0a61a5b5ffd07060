import { ActionIcon, Menu } from '@mantine/core';
import { ChevronDown, Coffee, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { role as roles } from '../../../src-shared/role.ts';
import type { Role } from '../../../src-shared/role.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { isLeading } from './leading.ts';
import classes from './role-toggle.module.css';

/** What the switch does not say: "automatic", and an hour for oneself. */
export function RoleMenu({ onRole }: { onRole: (role: Role) => void }): ReactNode {
  const { t } = useTranslation('window');
  const wanted = useView((view) => view.self.role.wanted);
  return (
    // The placeholder is no child that a menu may have.
    <Menu position="bottom-end" width={280} withinPortal withInitialFocusPlaceholder={false} classNames={{ item: classes.item ?? '' }}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('role.more')} title={t('role.more')} data-testid="role-menu">
          <ChevronDown size={15} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={wanted} onChange={(value) => onRole(value as Role)}>
          {roles.options.map((value) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick data-testid={`role-${value}`}>
              <span className={classes.choice}>{t(`role.choices.${value}`)}</span>
              <span className={classes.choiceText}>{t(`role.choiceTexts.${value}`)}</span>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <PauseItem />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Only of a machine that leads: another one has nothing to pause. */
function PauseItem(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const leads = useView((view) => isLeading(view.self.role.actual));
  const why = useView((view) => view.self.paused?.why ?? null);
  if (!leads) return null;
  const paused = why === 'owner';
  return (
    <>
      <Menu.Divider />
      <Menu.Item
        leftSection={paused ? <Play size={14} aria-hidden /> : <Coffee size={14} aria-hidden />}
        onClick={() => void attempt(async () => await node().pause({ minutes: paused ? null : 60 }))}
        data-testid="pause-hour"
      >
        {paused ? t('role.resumeOthers') : t('role.pauseHour')}
      </Menu.Item>
    </>
  );
}
