import { Badge, Button } from '@mantine/core';
import { ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { serverProgramNames, type ServerProgram } from '../../../src-shared/engine.ts';
import type { FoundServer, LocalEngine } from '../../../src-shared/local-engine.ts';
import { deviceLine, useDesktop, useFailureWords } from '../../node/index.ts';
import { Dot } from '../../ui/index.ts';
import type { DotState } from '../../ui/index.ts';
import { useLocalEngines } from './use-local-engines.ts';
import { useOverride } from './use-override.ts';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './engines.module.css';

/** Where their makers give them away. */
const getAt: Readonly<Record<ServerProgram | 'ollama', string>> = {
  ollama: 'https://ollama.com/download',
  'lm-studio': 'https://lmstudio.ai/download',
  'llama-server': 'https://github.com/ggml-org/llama.cpp/releases',
};

/** What can run models here, whether it runs or not: version, address, device, and what is known against it. */
export function EnginesFound(): ReactNode {
  const { t } = useTranslation('window');
  const { here } = useLocalEngines();
  if (here === null) return <p className={classes.quiet}>{t('settings.found.looking')}</p>;
  // the server that is chosen stands there as an engine; one that nobody chose, as what was found
  const engines = here.engines.filter(({ kind, chosen }) => kind !== 'openai' || chosen);
  const used = engines.find(({ kind }) => kind === 'openai')?.facts.address;
  const servers = here.servers.filter(({ address, state }) => state === 'absent' || address !== used);
  return (
    <ul className={classes.list} data-testid="engines-found">
      {engines.map((engine) => (
        <li key={engine.kind} className={classes.engine} data-testid={`engine-${engine.kind}`}>
          <Engine engine={engine} />
        </li>
      ))}
      {servers.map((server) => (
        <li key={server.program} className={classes.engine} data-testid={`engine-${server.program}`}>
          <Server server={server} />
        </li>
      ))}
    </ul>
  );
}

function Engine({ engine: { kind, chosen, facts, failure } }: { engine: LocalEngine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords();
  const trouble = facts.state.kind === 'failed' ? facts.state.failure.code : (failure?.code ?? null);
  // that one which nobody chose is not there is no fault
  const absent = !chosen && trouble === 'engine-missing';
  const hole = facts.vulnerable ?? null;
  return (
    <>
      <div className={classes.head}>
        <Dot state={absent ? 'away' : dotOf(trouble !== null, facts.state.kind)} />
        <span className={classes.name}>
          {facts.program === undefined ? t(`settings.engines.${kind}`) : serverProgramNames[facts.program]}
        </span>
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
      {facts.device.kind !== 'unknown' && <p className={classes.quiet}>{deviceLine(t, i18n.language, facts.device)}</p>}
      {trouble !== null && <p className={classes.quiet}>{absent ? t('settings.found.absentFix') : words(trouble).fix}</p>}
      {absent && kind === 'ollama' && <GetEngine name="Ollama" url={getAt.ollama} />}
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

/** A server that is no engine of Axon's: what was found of it, or where to get it. */
function Server({ server: { program, address, state, version, models } }: { server: FoundServer }): ReactNode {
  const { t } = useTranslation('window');
  const name = serverProgramNames[program];
  const words =
    state === 'there'
      ? t('settings.found.server.there', { count: models.length })
      : state === 'absent'
        ? t('settings.found.absent')
        : t(`settings.found.server.${state}`);
  return (
    <>
      <div className={classes.head}>
        <Dot state={state === 'absent' ? 'away' : state === 'loading' ? 'busy' : 'live'} />
        <span className={classes.name}>{name}</span>
        {version !== undefined && <span className={classes.quiet}>{version}</span>}
      </div>
      <p className={classes.quiet}>
        {words}
        {' · '}
        <code dir="ltr">{address}</code>
      </p>
      {state === 'absent' ? (
        <>
          <p className={classes.quiet}>{t('settings.found.absentFix')}</p>
          <GetEngine name={name} url={getAt[program]} />
        </>
      ) : (
        <UseServer address={address} name={name} />
      )}
    </>
  );
}

/** Makes a server that was found the engine of this machine. */
function UseServer({ address, name }: { address: string; name: string }): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const by = [useOverride('engine'), useOverride('openaiUrl')].find(({ fixed }) => fixed);
  return (
    <>
      <Button
        className={classes.use ?? ''}
        variant="default"
        size="compact-sm"
        disabled={by !== undefined}
        onClick={() => void save({ engine: 'openai', openaiUrl: address })}
        data-testid="engine-use"
      >
        {t('settings.found.use', { name })}
      </Button>
      {by?.why !== undefined && <p className={classes.quiet}>{by.why}</p>}
    </>
  );
}

/** The way to a program that is not here: its makers' page, opened outside of the window. */
function GetEngine({ name, url }: { name: string; url: string }): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  return (
    <Button
      className={classes.get ?? ''}
      variant="subtle"
      size="compact-sm"
      rightSection={<ExternalLink size={13} aria-hidden />}
      onClick={() => void desktop().openLink({ url })}
      data-testid="engine-get"
    >
      {t('settings.found.get', { name, host: new URL(url).host })}
    </Button>
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
