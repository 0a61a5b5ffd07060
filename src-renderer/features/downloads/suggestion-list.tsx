import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SuggestedModel } from '../../../src-shared/download.ts';
import classes from './downloads.module.css';

/** What is proposed to a machine: the recommended one at once; all the others, and what stands below them, behind a button. */
export function SuggestionList({
  models,
  label,
  line,
  children,
}: {
  /** null: not said yet */
  models: readonly SuggestedModel[] | null;
  /** What stands above the recommended one. */
  label: string;
  /** One of them, drawn. */
  line: (model: SuggestedModel) => ReactNode;
  /** Comes with the others: the way to any model that is not among them. */
  children: ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const [all, setAll] = useState(false);
  const best = models?.filter((model) => model.best) ?? [];
  const others = all && models !== null ? models.filter((model) => !model.best) : [];
  return (
    <>
      {best.length > 0 && <p className={classes.label}>{label}</p>}
      {best.map(line)}
      {others.length > 0 && <p className={classes.label}>{t('downloads.others')}</p>}
      {others.map(line)}
      {all && children}
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        className={classes.more ?? ''}
        aria-expanded={all}
        onClick={() => setAll(!all)}
        data-testid="suggestions-more"
      >
        {t(all ? 'downloads.less' : 'downloads.more')}
      </Button>
    </>
  );
}
