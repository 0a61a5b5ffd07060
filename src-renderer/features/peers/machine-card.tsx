import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Star } from 'lucide-react';
import { useAttempt, useNode } from '../../node/index.ts';
import { Dot, format } from '../../ui/index.ts';
import { dotOf } from './machines.ts';
import type { Machine } from './machines.ts';
import { VulnerableEngine } from './vulnerable-engine.tsx';
import classes from './machine-card.module.css';

/** One machine with all its facts. What is not known is said to be unknown. `foot`: what another feature has to say of it. */
export function MachineCard({ machine, inSight, foot }: { machine: Machine; inSight: boolean; foot: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (inSight) card.current?.scrollIntoView({ block: 'nearest' });
  }, [inSight]);
  return (
    <li className={classes.card} ref={card} data-testid="machine-card" data-in-sight={inSight || undefined} data-state={machine.state}>
      <div className={classes.head}>
        <Dot state={dotOf(machine)} />
        <h2 className={classes.name}>{machine.name}</h2>
        {machine.self && <span className={classes.self}>{t('machines.thisOne')}</span>}
        <span className={classes.state}>
          <StateWords machine={machine} />
        </span>
      </div>
      <dl className={classes.facts}>
        <Hardware machine={machine} />
        {machine.leads && <Serving machine={machine} />}
      </dl>
      {machine.self && <VulnerableEngine />}
      {(machine.preferred || (machine.leads && !machine.self)) && <Prefer machine={machine} />}
      {machine.state === 'away' && !machine.self && !machine.member && <Forget id={machine.id} />}
      {foot}
    </li>
  );
}

function StateWords({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (machine.state === 'found') return t('machines.state.found');
  if (machine.state === 'away')
    return machine.lastSeen === null
      ? t('machines.state.away')
      : t('machines.awaySince', { when: format.ago(machine.lastSeen, Date.now(), i18n.language) });
  const role =
    machine.paused === null
      ? t(machine.leads ? 'machines.answersOthers' : 'machines.asksOthers')
      : t(`machines.paused.${machine.paused.why}`);
  return machine.latencyMs === null ? role : `${role} · ${format.milliseconds(machine.latencyMs, i18n.language)}`;
}

function Hardware({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { hardware } = machine;
  if (hardware === null) return <Fact name={t('machines.fact.hardware')}>{t('machines.unknown')}</Fact>;
  const { totalMb, freeMb } = hardware.ram;
  const size = (mb: number): string => format.mebibytes(mb, i18n.language);
  return (
    <>
      <Fact name={t('machines.fact.cpu')}>
        {hardware.cpu.model === '' ? t('machines.unknown') : hardware.cpu.model}
        {hardware.cpu.cores !== null && ` · ${t('machines.cores', { count: hardware.cpu.cores })}`}
        {hardware.load !== null && ` · ${t('machines.load', { load: format.percent(hardware.load, i18n.language) })}`}
      </Fact>
      <Fact name={t('machines.fact.ram')}>
        {totalMb === null
          ? t('machines.unknown')
          : freeMb === null
            ? size(totalMb)
            : t('machines.ofTotal', { free: size(freeMb), total: size(totalMb) })}
        {machine.reservedMb !== null && machine.reservedMb > 0 && ` · ${t('machines.reserved', { size: size(machine.reservedMb) })}`}
      </Fact>
      <Fact name={t('machines.fact.gpu')}>
        {hardware.gpus.length === 0
          ? t('machines.noGpu')
          : hardware.gpus.map((gpu) => (
              <span key={gpu.name} className={classes.gpu}>
                {gpu.name}
                {gpu.vramMb !== null &&
                  ` · ${gpu.vramFreeMb === null ? size(gpu.vramMb) : t('machines.ofTotal', { free: size(gpu.vramFreeMb), total: size(gpu.vramMb) })}`}
                {gpu.unified && ` · ${t('machines.unified')}`}
              </span>
            ))}
      </Fact>
    </>
  );
}

function Serving({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  return (
    <>
      <Fact name={t('machines.fact.models')}>
        {machine.models.length === 0
          ? t('machines.noModels')
          : machine.models.map((model) => (
              <span
                key={model.name}
                className={classes.model}
                data-loaded={model.loaded || undefined}
                title={model.loaded ? t('models.loaded') : t('models.cold')}
              >
                {model.name}
              </span>
            ))}
      </Fact>
      {machine.slots !== null && (
        <Fact name={t('machines.fact.slots')}>
          {t('machines.slots', { free: machine.slots.free, total: machine.slots.total })}
          {machine.waiting !== null && machine.waiting > 0 && ` · ${t('machines.waiting', { count: machine.waiting })}`}
          {machine.waitMs !== null &&
            machine.waitMs > 0 &&
            ` · ${t('machines.wait', { time: format.wait(machine.waitMs, i18n.language) })}`}
        </Fact>
      )}
      {machine.device !== null && (
        <Fact name={t('machines.fact.runsOn')}>
          {machine.device.name}
          {machine.device.why !== '' && <span className={classes.why}>{machine.device.why}</span>}
        </Fact>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A preference holds for all questions, and only while the machine can answer. */
function Prefer({ machine }: { machine: Machine }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const { id, preferred } = machine;
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      className={classes.forget}
      data-on={preferred || undefined}
      aria-pressed={preferred}
      title={t('machines.preferText')}
      leftSection={<Star size={13} aria-hidden fill={preferred ? 'currentColor' : 'none'} />}
      onClick={() => void attempt(async () => await node().settings.update({ preferred: preferred ? null : id }))}
      data-testid="prefer"
    >
      {preferred ? t('machines.isPreferred') : t('machines.prefer')}
      {/* many of these buttons stand on the page */}
      <span className="axon-unseen">{machine.name}</span>
    </Button>
  );
}

function Forget({ id }: { id: string }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      className={classes.forget}
      onClick={() => void node().peers.forget({ peerId: id })}
    >
      {t('machines.forget')}
    </Button>
  );
}
