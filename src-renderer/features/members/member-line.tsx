import { Button } from '@mantine/core';
import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { MemberDrawer } from './member-drawer.tsx';
import { useMember } from './use-members.ts';
import classes from './members.module.css';

/** The foot of a machine's card: what it is in the swarm, what it used here, and the way to more. */
export function MemberLine({ peerId }: { peerId: string }): ReactNode {
  const { t } = useTranslation('window');
  const member = useMember(peerId);
  const open = useView((view) => view.membership.open);
  const [opened, setOpened] = useState(false);
  if (member === null) return open ? <p className={classes.line}>{t('members.byKeyAlone')}</p> : null;
  const used = member.usedToday.answers > 0 && !member.self;
  return (
    <div className={classes.line} data-testid="member-line">
      <span className={classes.facts}>
        <span className={classes.role} data-admin={member.role === 'admin' || undefined}>
          {t(`members.roles.${member.role}`)}
        </span>
        {used && <span>{t('members.usedHere', { count: member.usedToday.answers })}</span>}
      </span>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<SlidersHorizontal size={13} aria-hidden />}
        aria-label={t('members.moreAbout', { name: member.name })}
        onClick={() => setOpened(true)}
        data-testid="member-more"
      >
        {t('members.more')}
      </Button>
      <MemberDrawer member={member} opened={opened} onClose={() => setOpened(false)} />
    </div>
  );
}
