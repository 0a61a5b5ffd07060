import { ActionIcon } from '@mantine/core';
import { ChevronRight, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dot, format } from '../../ui/index.ts';
import { gpuName, mayAsk, useMadeOfView, useView } from '../../node/index.ts';
import { dotOf, machineLines } from './machines.ts';
import type { MachineLine } from './machines.ts';
import classes from './machine-list.module.css';

/** The machines in the left column: one line each. `onOpen` shows the page with everything about them. */
export function MachineList({ onOpen, onAdd }: { onOpen: (id: string | null) => void; onAdd: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const list = useMadeOfView(machineLines);
  return (
    <section className={classes.section} aria-label={t('machines.title')}>
      <div className={classes.head}>
        <button type="button" className={classes.title} onClick={() => onOpen(null)} data-testid="machines-open">
          {t('machines.title')}
          <ChevronRight size={13} aria-hidden className="axon-mirror" />
        </button>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={onAdd}
          aria-label={t('add.open')}
          title={t('add.open')}
          data-testid="machine-add"
        >
          <Plus size={15} aria-hidden />
        </ActionIcon>
      </div>
      <ul className={classes.list}>
        {list.map((machine) => (
          <Row key={machine.id} machine={machine} onOpen={() => onOpen(machine.id)} />
        ))}
      </ul>
      {list.length === 1 && <p className={classes.alone}>{t('machines.alone')}</p>}
    </section>
  );
}

function Row({ machine, onOpen }: { machine: MachineLine; onOpen: () => void }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { gpus, told } = machine;
  const allowed = useView(mayAsk);
  const facts = ((): string => {
    if (machine.tooOld) return t('machines.tooOld');
    if (machine.state === 'found') return t('machines.state.found');
    if (machine.state === 'away') return t('machines.state.away');
    if (machine.engineDown) return t('machines.engineDown');
    if (!told) return t('machines.unknownHardware');
    // of this one that is so for the moment that a look takes
    if (gpus === null) return machine.self ? '' : t('machines.gpuUnknown');
    return gpus[0] === undefined ? t('machines.noGpu') : gpuName(t, gpus[0]);
  })();
  return (
    <li>
      <button
        type="button"
        className={classes.row}
        onClick={onOpen}
        data-testid={machine.self ? 'self-row' : 'peer-row'}
        data-state={machine.state}
        data-leads={machine.leads || undefined}
      >
        <Dot state={dotOf(machine)} />
        <span className={classes.words}>
          <span className={classes.name} title={machine.name}>
            {machine.name}
            {machine.self && <span className={classes.self}>{t('machines.thisOne')}</span>}
          </span>
          <span className={classes.facts} title={facts}>
            {facts === '' ? '\u00A0' : facts}
          </span>
        </span>
        <span className={classes.side}>
          {machine.leads && (
            <span className={classes.role} data-paused={machine.paused !== null || undefined}>
              {machine.paused !== null
                ? t('machines.paused.short')
                : t(allowed || machine.self ? 'machines.answers' : 'machines.answersOthers')}
            </span>
          )}
          {machine.state === 'connected' && machine.latencyMs !== null && <span>{format.latency(machine.latencyMs, i18n.language)}</span>}
        </span>
      </button>
    </li>
  );
}
