import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LocalEngine } from '../../../src-shared/local-engine.ts';
import { useFailureWords } from '../../node/index.ts';
import { Dot } from '../../ui/index.ts';
import type { DotState } from '../../ui/index.ts';
import { useLocalEngines } from './use-local-engines.ts';
import classes from './engines.module.css';

/** What can run models here, whether it runs or not: version, address, device, and what is known against it. */
export function EnginesFound(): ReactNode {
  const { t } = useTranslation('window');
  const { engines } = useLocalEngines();
  if (engines === null) return <p className={classes.quiet}>{t('settings.found.looking')}</p>;
  return (
    <ul className={classes.list} data-testid="engines-found">
      {engines.map((engine) => (
        <li key={engine.kind} className={classes.engine} data-testid={`engine-${engine.kind}`}>
          <Engine engine={engine} />
        </li>
      ))}
    </ul>
  );
}

function Engine({ engine: { kind, chosen, facts, failure } }: { engine: LocalEngine }): ReactNode {
  const { t } = useTranslation('window');
  const words = useFailureWords();
  const trouble = facts.state.kind === 'failed' ? facts.state.failure.code : (failure?.code ?? null);
  // that one which nobody chose is not there is no fault
  const absent = !chosen && trouble === 'engine-missing';
  const hole = facts.vulnerable ?? null;
  return (
    <>
      <div className={classes.head}>
        <Dot state={absent ? 'away' : dotOf(trouble !== null, facts.state.kind)} />
        <span className={classes.name}>{t(`settings.engines.${kind}`)}</span>
        {facts.version !== undefined && <span className={classes.quiet}>{facts.version}</span>}
        {chosen && (
          <Badge size="sm" radius="sm" tt="none" variant="light" color="gray">
            {t('settings.found.chosen')}
          </Badge>
        )}
        {hole !== null && (
          <Badge size="sm" radius="sm" tt="none" variant="filled" color="red">
            {t('settings.found.hole')}
          </Badge>
        )}
      </div>
      <p className={classes.quiet}>
        {absent ? t('settings.found.absent') : trouble === null ? t(`settings.found.state.${facts.state.kind}`) : words(trouble).title}
        {facts.address !== undefined && (
          <>
            {' · '}
            <code dir="ltr">{facts.address}</code>
          </>
        )}
        {facts.remote === true && ` · ${t('settings.found.remote')}`}
      </p>
      {facts.device.kind !== 'unknown' && (
        <p className={classes.quiet}>{facts.device.why === '' ? facts.device.name : `${facts.device.name}. ${facts.device.why}`}</p>
      )}
      {trouble !== null && <p className={classes.quiet}>{absent ? t('settings.found.absentFix') : words(trouble).fix}</p>}
      {hole !== null && (
        <p className={classes.bad}>
          {t('machines.hole.title', { component: hole.component, version: hole.version })}.{' '}
          {hole.cves.length === 0
            ? t('machines.hole.unknown', { minimum: hole.minimum })
            : `${hole.cves.join(', ')}. ${t('machines.hole.update', { minimum: hole.minimum })}`}
        </p>
      )}
    </>
  );
}

function dotOf(trouble: boolean, state: LocalEngine['facts']['state']['kind']): DotState {
  if (trouble) return 'trouble';
  switch (state) {
    case 'ready':
      return 'live';
    case 'starting':
    case 'loading':
      return 'busy';
    case 'failed':
      return 'trouble';
    case 'stopped':
      return 'away';
  }
}
