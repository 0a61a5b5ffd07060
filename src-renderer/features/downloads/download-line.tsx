import { ActionIcon, Button } from '@mantine/core';
import type { TFunction } from 'i18next';
import { Pause, Play, X } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { msLeft, type ModelDownload } from '../../../src-shared/download.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';
import { useAttempt, useFailureWords, useNode, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import classes from './downloads.module.css';

/** Everything that is on its way, paused, failed or just here. */
export function DownloadList(): ReactNode {
  const downloads = useView((view) => view.downloads);
  if (downloads === undefined || downloads.length === 0) return null;
  return (
    <ul className={classes.list} data-testid="downloads">
      {downloads.map((one) => (
        <li key={one.id} data-testid="download" data-state={one.state}>
          <DownloadLine download={one} actions={<Actions download={one} />} />
        </li>
      ))}
    </ul>
  );
}

/** How far it is, and why it failed. `actions`: what can be done about it from here; null: nothing, it runs elsewhere */
export function DownloadLine({ download, actions }: { download: ModelDownload; actions: ReactNode }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords();
  const { name, state, totalBytes, receivedBytes, failure, again, askedBy } = download;
  const said = failure === null ? null : words(failure.code);
  return (
    <div className={classes.download}>
      <div className={classes.head}>
        <span className={classes.name}>{name}</span>
        {actions}
      </div>
      {state !== 'done' && (
        <progress
          className={classes.bar}
          data-state={state}
          aria-label={t('downloads.progressOf', { name })}
          max={1}
          value={totalBytes === null ? undefined : Math.min(1, receivedBytes / totalBytes)}
        />
      )}
      <p className={classes.quiet}>
        {actions === null && state === 'done' ? t('downloads.doneThere') : progressWords(t, i18n.language, download)}
      </p>
      {actions !== null && askedBy !== undefined && (
        <p className={classes.quiet}>{t('downloads.askedBy', { name: format.isolated(askedBy.name) })}</p>
      )}
      {again && state !== 'done' && <p className={classes.quiet}>{t('downloads.again')}</p>}
      {said !== null && (
        <p className={classes.failed} role="status">
          <strong>{said.title}.</strong> {said.text} {said.fix}
        </p>
      )}
    </div>
  );
}

function progressWords(t: TFunction<'window'>, language: string, download: ModelDownload): string {
  const { state, receivedBytes, totalBytes, bytesPerSecond } = download;
  const size = (bytes: number): string => format.bytes(bytes, language);
  if (state === 'checking') return t('downloads.checking');
  if (state === 'done') return [t('downloads.done'), ...(totalBytes === null ? [] : [size(totalBytes)])].join(' · ');
  const rests = state === 'running' ? [] : [t(state === 'failed' ? 'downloads.failed' : 'downloads.paused')];
  if (totalBytes === null) return rests[0] ?? t('downloads.starting');
  const amount = t('downloads.amount', { received: size(receivedBytes), total: size(totalBytes) });
  if (state !== 'running') return [...rests, amount].join(' · ');
  if (bytesPerSecond === null) return amount;
  if (bytesPerSecond === 0) return `${amount} · ${t('downloads.still')}`;
  const left = msLeft(download);
  const speed = t('downloads.speed', { speed: size(bytesPerSecond) });
  return [amount, speed, ...(left === null ? [] : [t('downloads.left', { time: format.wait(left, language) })])].join(' · ');
}

/** Trying these again would fail again. */
const final: readonly (FailureCode | undefined)[] = ['bad-model-address', 'model-too-big'];

function Actions({ download: { id, name, state, receivedBytes, failure } }: { download: ModelDownload }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [asked, setAsked] = useState(false);
  const { downloads } = node();
  const cancel = (): void => {
    if (state === 'done' || receivedBytes === 0 || asked) void attempt(() => downloads.cancel({ id }));
    else setAsked(true);
  };
  const action = (label: string, icon: ReactNode, act: () => void, testId: string): ReactNode => (
    <ActionIcon variant="subtle" color="gray" onClick={act} aria-label={label} title={label} data-testid={testId}>
      {icon}
    </ActionIcon>
  );
  if (asked)
    return (
      <span className={classes.actions}>
        <Button size="compact-xs" color="red" onClick={cancel} data-testid="download-cancel-yes">
          {t('downloads.cancelYes')}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => setAsked(false)}>
          {t('downloads.keep')}
        </Button>
      </span>
    );
  return (
    <span className={classes.actions}>
      {state === 'running' &&
        action(
          t('downloads.pause', { name }),
          <Pause size={15} aria-hidden />,
          () => void attempt(() => downloads.pause({ id })),
          'download-pause',
        )}
      {(state === 'paused' || (state === 'failed' && !final.includes(failure?.code))) &&
        action(
          t('downloads.resume', { name }),
          <Play size={15} aria-hidden />,
          () => void attempt(() => downloads.resume({ id })),
          'download-resume',
        )}
      {action(
        t(state === 'done' ? 'downloads.close' : 'downloads.cancel', { name }),
        <X size={15} aria-hidden />,
        cancel,
        'download-cancel',
      )}
    </span>
  );
}
