import { ActionIcon } from '@mantine/core';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { wasComingUp } from '../../ui/index.ts';
import { MachineCard } from './machine-card.tsx';
import type { Machine } from './machines.ts';
import classes from './machines-page.module.css';

/** All about one machine. It takes the focus, and Escape closes it. `foot`: what another feature has to say of it. */
export function MachineDetails({ machine, foot, onClose }: { machine: Machine; foot: ReactNode; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, [machine.id]);
  const leave = (event: KeyboardEvent): void => {
    // what a drawer above it hears comes by here too
    if (event.key !== 'Escape' || wasComingUp() || !(event.target instanceof Node) || panel.current?.contains(event.target) !== true)
      return;
    event.stopPropagation();
    onClose();
  };
  return (
    <section
      className={classes.details}
      ref={panel}
      tabIndex={-1}
      aria-label={t('machines.showAll', { name: machine.name })}
      onKeyDown={leave}
      data-testid="machine-details"
    >
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        className={classes.close ?? ''}
        onClick={onClose}
        aria-label={t('common.close')}
        data-testid="details-close"
      >
        <X size={14} aria-hidden />
      </ActionIcon>
      <ul className={classes.one}>
        <MachineCard machine={machine} inSight={false} foot={foot} />
      </ul>
    </section>
  );
}
