import { Button } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { Applicant } from '../../../src-shared/member.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import { ComparedWords } from './words.tsx';
import classes from './applicants.module.css';

/** What appears under the pointer takes no click that was meant for something else. */
const settleMs = 500;
/** More at once would be no question any more; the others come after these. */
const shownAtOnce = 3;

/** "Let LAPTOP-A in?" as bars over the page, wherever the person is. The live region stays, so that each applicant is announced once. */
export function LetInBars(): ReactNode {
  const { t } = useTranslation('window');
  const admin = useView((view) => view.membership.standing === 'admin');
  const applicants = useView((view) => view.membership.applicants);
  const newest = applicants.at(-1);
  return (
    <>
      {admin && applicants.slice(0, shownAtOnce).map((applicant) => <Bar key={applicant.peerId} applicant={applicant} />)}
      <div className="axon-unseen" role="status" data-testid="let-in-announcer">
        {admin && newest !== undefined ? t('letIn.announce', { name: newest.name, words: newest.words.replaceAll('-', ' ') }) : ''}
      </div>
    </>
  );
}

function Bar({ applicant }: { applicant: Applicant }): ReactNode {
  return (
    <Notice
      bar
      tone="ask"
      live="off"
      testId="let-in"
      title={<Question applicant={applicant} />}
      actions={<Answers applicant={applicant} />}
    >
      <Compare applicant={applicant} />
    </Notice>
  );
}

/** The same question inside "Add a device", where it is what the person came for. */
export function ApplicantCards(): ReactNode {
  const applicants = useView((view) => view.membership.applicants);
  return applicants.slice(0, shownAtOnce).map((applicant) => (
    <section key={applicant.peerId} className={classes.card} data-testid="let-in">
      <UserPlus size={20} aria-hidden className={classes.icon} />
      <div className={classes.words}>
        <Question applicant={applicant} />
        <p className={classes.hint}>
          <Compare applicant={applicant} />
        </p>
      </div>
      <div className={classes.answers}>
        <Answers applicant={applicant} />
      </div>
    </section>
  ));
}

function Question({ applicant }: { applicant: Applicant }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <span className={classes.question}>
      {/* Another device chose its name: it must not turn the sentence around. */}
      <span>
        <Trans t={t} i18nKey="letIn.question" values={{ name: applicant.name }} components={{ name: <bdi className={classes.name} /> }} />
      </span>
      <ComparedWords words={applicant.words} size="row" />
    </span>
  );
}

function Compare({ applicant }: { applicant: Applicant }): ReactNode {
  const { t } = useTranslation('window');
  return <Trans t={t} i18nKey={`letIn.by.${applicant.by}`} values={{ name: applicant.name }} components={{ name: <bdi /> }} />;
}

function Answers({ applicant }: { applicant: Applicant }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [settled, setSettled] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), settleMs);
    return () => clearTimeout(timer);
  }, []);
  const { peerId, words, name } = applicant;
  const answer = async (work: () => Promise<unknown>): Promise<void> => {
    if (!settled) return;
    setBusy(true);
    await attempt(work);
    setBusy(false);
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={busy}
        aria-label={t('letIn.refuseName', { name })}
        onClick={() => void answer(() => node().members.refuse({ peerId }))}
        data-testid="refuse"
      >
        {t('letIn.refuse')}
      </Button>
      <Button
        size="xs"
        disabled={busy}
        data-settled={settled || undefined}
        aria-label={t('letIn.allowName', { name })}
        // The words that stood here when it was pressed: the node lets in nobody else.
        onClick={() => void answer(() => node().members.allow({ peerId, words }))}
        data-testid="allow"
      >
        {t('letIn.allow')}
      </Button>
    </>
  );
}
