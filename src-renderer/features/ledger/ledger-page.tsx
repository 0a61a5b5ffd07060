import { Button } from '@mantine/core';
import { ChevronLeft, ChevronRight, Download } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LedgerEntry } from '../../../src-shared/member.ts';
import { useAttempt, useDesktop, useFailureWords } from '../../node/index.ts';
import { format, Notice, useNow } from '../../ui/index.ts';
import { useLedger } from './use-ledger.ts';
import classes from './ledger.module.css';

/** Who used this machine, when, how long and how much. Never what was asked. */
export function LedgerView(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords();
  const { page, failed, skipped, newer, older } = useLedger();
  const table = useRef<HTMLDivElement>(null);
  useEffect(() => {
    table.current?.closest('section')?.scrollTo({ top: 0 });
  }, [skipped]);
  const count = (value: number): string => format.count(value, i18n.language);
  const empty = page !== null && page.total === 0;
  return (
    <section className={classes.page} aria-labelledby="axon-ledger" data-testid="ledger">
      <div className={classes.inner}>
        <header className={classes.head}>
          <div className={classes.words}>
            <h1 id="axon-ledger" className={classes.title}>
              {t('ledger.title')}
            </h1>
            <p className={classes.text}>{t('ledger.text')}</p>
          </div>
          {page !== null && !empty && <Export />}
        </header>
        {failed !== null && (
          <Notice tone="bad" title={words(failed).title}>
            {words(failed).text} {words(failed).fix}
          </Notice>
        )}
        {page !== null && page.brokenAt !== null && (
          <Notice tone="bad" title={t('ledger.brokenTitle')} testId="ledger-broken">
            {t('ledger.brokenText', { number: page.brokenAt })}
          </Notice>
        )}
        {page !== null && page.missing > 0 && (
          <Notice tone="bad" title={t('ledger.brokenTitle')} testId="ledger-cut">
            {t('ledger.missingText', { count: page.missing })}
          </Notice>
        )}
        {empty && <p className={classes.empty}>{t('ledger.empty')}</p>}
        {page !== null && !empty && (
          <div className={classes.frame} ref={table}>
            <Entries entries={page.entries} brokenAt={page.brokenAt} />
          </div>
        )}
        {page !== null && (newer !== null || older !== null) && (
          <nav className={classes.pager} aria-label={t('ledger.pages')}>
            <Button
              size="xs"
              variant="default"
              disabled={newer === null}
              leftSection={<ChevronLeft size={14} aria-hidden className="axon-mirror" />}
              onClick={() => newer?.()}
              data-testid="ledger-newer"
            >
              {t('ledger.newer')}
            </Button>
            <span role="status">
              {t('ledger.range', { from: count(skipped + 1), to: count(skipped + page.entries.length), total: count(page.total) })}
            </span>
            <Button
              size="xs"
              variant="default"
              disabled={older === null}
              rightSection={<ChevronRight size={14} aria-hidden className="axon-mirror" />}
              onClick={() => older?.()}
              data-testid="ledger-older"
            >
              {t('ledger.older')}
            </Button>
          </nav>
        )}
      </div>
    </section>
  );
}

function Export(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<Download size={14} aria-hidden />}
      onClick={() => void attempt(async () => await desktop().saveLedger())}
      data-testid="ledger-save"
    >
      {t('ledger.export')}
    </Button>
  );
}

function Entries({ entries, brokenAt }: { entries: readonly LedgerEntry[]; brokenAt: number | null }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const now = useNow(60_000);
  const count = (value: number): string => format.count(value, i18n.language);
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t('ledger.who')}</th>
          <th scope="col" className={classes.wide}>
            {t('ledger.model')}
          </th>
          <th scope="col" className={classes.number}>
            {t('ledger.tokens')}
          </th>
          <th scope="col" className={`${classes.number} ${classes.wide}`}>
            {t('ledger.took')}
          </th>
          <th scope="col" className={classes.number}>
            {t('ledger.when')}
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.number} data-testid="ledger-row" data-broken={entry.number === brokenAt || undefined}>
            <td>
              <bdi className={classes.who}>{entry.name}</bdi>
              <span className={classes.narrow}>
                {entry.model} · {format.milliseconds(entry.ms, i18n.language)}
              </span>
            </td>
            <td className={`${classes.model} ${classes.wide}`}>{entry.model}</td>
            <td className={classes.number}>
              {count(entry.tokens)}
              {entry.outcome !== 'done' && <span className={classes.outcome}>{t(`ledger.outcomes.${entry.outcome}`)}</span>}
              {entry.forTitle === true && <span className={classes.outcome}>{t('ledger.forTitle')}</span>}
            </td>
            <td className={`${classes.number} ${classes.wide}`}>{format.milliseconds(entry.ms, i18n.language)}</td>
            <td className={classes.number}>
              <time dateTime={new Date(entry.at).toISOString()}>{format.moment(entry.at, now, i18n.language)}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
