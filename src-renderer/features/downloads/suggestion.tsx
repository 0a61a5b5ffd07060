import { Button } from '@mantine/core';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { sameSource, type SuggestedModel } from '../../../src-shared/download.ts';
import { memoryFor } from '../../../src-shared/recommended.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import classes from './downloads.module.css';

/** A model with its size and whether it suits this machine, before anything is fetched. */
export function Suggestion({ model, primary }: { model: SuggestedModel; primary: boolean }): ReactNode {
  const node = useNode();
  const attempt = useAttempt();
  const onItsWay = useView(({ downloads = [] }) =>
    downloads.some(({ source, state }) => state !== 'done' && state !== 'failed' && sameSource(source, model.source)),
  );
  const get = (): void => void attempt(() => node().downloads.start(model.source));
  return <SuggestionLine model={model} primary={primary} fit={useFitWords(model.fit)} onItsWay={onItsWay} onGet={get} />;
}

/** Of whichever machine. `fit`: how it suits that one, in words */
export function SuggestionLine({
  model,
  primary,
  fit,
  onItsWay,
  onGet,
  here,
}: {
  model: SuggestedModel;
  primary: boolean;
  fit: string;
  onItsWay: boolean;
  onGet: () => void;
  /** Said of one that is there; left out: that it is on this computer. */
  here?: string;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  return (
    <div className={classes.suggestion} data-testid="suggestion" data-best={model.best || undefined}>
      <div className={classes.words}>
        <span>
          <span className={classes.name}>{model.title}</span>{' '}
          <span className={classes.quiet}>{format.bytes(model.sizeBytes, i18n.language)}</span>
        </span>
        <span className={classes.fit} data-fit={model.fit}>
          {fit}
        </span>
      </div>
      {model.here ? (
        <span className={classes.quiet}>{here ?? t('downloads.here')}</span>
      ) : (
        <Button
          size="xs"
          variant={primary ? 'filled' : 'default'}
          leftSection={<Download size={14} aria-hidden />}
          disabled={onItsWay || model.fit === 'too-big'}
          onClick={onGet}
          aria-label={t('downloads.getNamed', { name: model.title })}
          data-testid="suggestion-get"
        >
          {t('downloads.get')}
        </Button>
      )}
    </div>
  );
}

function useFitWords(fit: SuggestedModel['fit']): string {
  const { t, i18n } = useTranslation('window');
  const onProcessor = useView(({ self }) => self.engine?.device.kind === 'cpu');
  const ram = useView(({ self }) => self.hardware.ram.totalMb);
  const memory = useView(({ self }) => memoryFor(self.hardware).mb);
  const onCard = useView(({ self }) => memoryFor(self.hardware).kind === 'card') && !onProcessor;
  const mb = onCard ? memory : ram;
  if (fit === 'fits' && mb !== null)
    return t(onCard ? 'downloads.fitsCard' : 'downloads.fitsRam', { size: format.mebibytes(mb, i18n.language) });
  return fit === 'tight' && onCard ? t('downloads.partly') : t(`settings.here.fit.${fit}`);
}
