import { ActionIcon } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import { versionNumber, versionsOf } from './branches.ts';
import { chat, useAnswering } from './chat.ts';
import classes from './pager.module.css';

/** "‹ 2/3 ›" for a message that has other versions; nothing for one that has none. */
export function Pager({ message }: { message: Message }): ReactNode {
  const { t } = useTranslation('window');
  const running = useAnswering();
  const versions = versionsOf(message);
  if (versions.length < 2) return null;
  const number = versionNumber(message);
  const step = (by: 1 | -1, label: string): ReactNode => {
    const to = versions[number - 1 + by];
    const Icon = by === 1 ? ChevronRight : ChevronLeft;
    return (
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={to === undefined || running}
        onClick={() => {
          if (to !== undefined) void chat.choose(to);
        }}
        aria-label={label}
        title={label}
      >
        <Icon size={14} aria-hidden className="axon-mirror" />
      </ActionIcon>
    );
  };
  const words = t('chat.version', { number, count: versions.length });
  return (
    <span className={classes.pager} role="group" aria-label={words} data-testid="pager">
      {step(-1, t('chat.versionBefore'))}
      <span className={classes.number} aria-hidden>{`${number}/${versions.length}`}</span>
      {step(1, t('chat.versionAfter'))}
    </span>
  );
}
