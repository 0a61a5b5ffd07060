import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Pause, Play, Star } from 'lucide-react';
import { deviceWords, useAttempt, useNode, useView } from '../../node/index.ts';
import { Dot, format, Notice, Sparkline, useNow } from '../../ui/index.ts';
import {
  asOfWords,
  capacityWords,
  downloadWords,
  gpuWords,
  knowsGpus,
  knowsProcessor,
  loadWords,
  speedWords,
  stateWords,
  uptimeWords,
} from './facts.ts';
import { dotOf } from './machines.ts';
import type { Machine } from './machines.ts';
import { Addresses, useOwnAddresses } from './own-addresses.tsx';
import classes from './machine-card.module.css';

/** One machine with all its facts. What is not known is said to be unknown. `foot`: what another feature has to say of it. */
export function MachineCard({ machine, inSight, foot }: { machine: Machine; inSight: boolean; foot: ReactNode }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const onItsWay = downloadWords(t, i18n.language, machine);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (inSight) card.current?.scrollIntoView({ block: 'nearest' });
  }, [inSight]);
  return (
    <li className={classes.card} ref={card} data-testid="machine-card" data-in-sight={inSight || undefined} data-state={machine.state}>
      <div className={classes.head}>
        <Dot state={dotOf(machine)} />
        <div className={classes.titles}>
          <div className={classes.called}>
            <h2 className={classes.name}>{machine.name}</h2>
            {machine.self && <span className={classes.self}>{t('machines.thisOne')}</span>}
          </div>
          <span className={classes.state}>
            <StateWords machine={machine} />
          </span>
        </div>
      </div>
      <dl className={classes.facts}>
        <Hardware machine={machine} />
        {machine.leads && <Serving machine={machine} />}
        {onItsWay !== null && <Fact name={t('machines.fact.onItsWay')}>{onItsWay}</Fact>}
        <Speed machine={machine} />
        <Uptime machine={machine} />
        {machine.self && <OwnAddress />}
        {machine.version !== null && <Fact name={t('machines.column.version')}>{machine.version}</Fact>}
      </dl>
      {machine.tooOld && (
        <div className={classes.old}>
          <Notice tone="warn" title={t('machines.update', { name: format.isolated(machine.name) })} live="off" testId="update">
            {t('machines.updateText')}
          </Notice>
        </div>
      )}
      {(machine.preferred || (machine.leads && !machine.self)) && <Prefer machine={machine} />}
      {machine.self && <PauseSelf />}
      {machine.state === 'away' && !machine.self && !machine.member && <Forget id={machine.id} />}
      {foot}
    </li>
  );
}

function StateWords({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const now = useNow(10_000);
  const words = [stateWords(t, i18n.language, machine, now)];
  if (machine.state === 'connected') {
    const asOf = asOfWords(t, i18n.language, machine, now);
    if (asOf !== null) words.push(asOf);
    if (machine.latencyMs !== null) words.push(format.latency(machine.latencyMs, i18n.language));
  }
  return words.join(' · ');
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
        {knowsProcessor(hardware) ? hardware.cpu.model : t('machines.unknown')}
        {hardware.cpu.cores !== null && ` · ${t('machines.cores', { count: hardware.cpu.cores })}`}
        {hardware.load !== null && ` · ${loadWords(t, i18n.language, hardware)}`}
      </Fact>
      <Fact name={t('machines.fact.ram')}>
        {capacityWords(t, i18n.language, totalMb, freeMb)}
        {machine.reservedMb !== null && machine.reservedMb > 0 && ` · ${t('machines.reserved', { size: size(machine.reservedMb) })}`}
      </Fact>
      <Fact name={t('machines.fact.gpu')}>
        {!knowsGpus(hardware)
          ? t('machines.unknown')
          : hardware.gpus.length === 0
            ? t('machines.noGpu')
            : hardware.gpus.map((gpu, at) => (
                // two of the same name are two
                // oxlint-disable-next-line react/no-array-index-key -- they have no other name
                <span key={at} className={classes.gpu}>
                  {gpuWords(t, i18n.language, gpu)}
                </span>
              ))}
      </Fact>
    </>
  );
}

function Serving({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const device = machine.device === null ? null : deviceWords(t, i18n.language, machine.device);
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
      {device !== null && (
        <Fact name={t('machines.fact.runsOn')}>
          {device.name}
          {device.why !== '' && <span className={classes.why}>{device.why}</span>}
        </Fact>
      )}
    </>
  );
}

/** Of its last answers, as a line and in words. */
function Speed({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = speedWords(t, i18n.language, machine);
  if (words === null) return null;
  return (
    <Fact name={t('machines.fact.speed')}>
      <span data-testid="machine-speed">{words}</span> <Sparkline values={machine.recent} label={t('machines.speedLine')} />
    </Fact>
  );
}

function Uptime({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = uptimeWords(t, i18n.language, machine, useNow(30_000));
  return words === null ? null : <Fact name={t('machines.fact.uptime')}>{words}</Fact>;
}

/** Where others reach this one: of the others it is not known which of their addresses is good from elsewhere. */
function OwnAddress(): ReactNode {
  const { t } = useTranslation('window');
  const own = useOwnAddresses();
  if (own.length === 0) return null;
  return (
    <Fact name={t('machines.fact.address')}>
      <Addresses list={own} />
    </Fact>
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

/** Only this machine can be paused from here: the others belong to whoever sits at them. */
function PauseSelf(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const leads = useView((view) => view.self.role.actual.kind === 'leader');
  const paused = useView((view) => view.self.paused?.why === 'owner');
  if (!leads) return null;
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      className={classes.forget}
      leftSection={paused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
      onClick={() => void attempt(async () => await node().pause({ minutes: paused ? null : 60 }))}
      data-testid="machine-pause"
    >
      {t(paused ? 'role.resumeOthers' : 'role.pauseHour')}
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
