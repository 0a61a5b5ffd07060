import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { Mark, useTyped } from '../../ui/index.ts';
import { CodeForm, Joining, useJoining } from './join-by-code.tsx';
import { KeyFileButton } from './key-file-button.tsx';
import { PasteInvite } from './paste-invite.tsx';
import classes from './first-run.module.css';

/** No key yet: begin a swarm or join one. One screen, one obvious action. `facts`: the other feature's line about this machine. */
export function FirstRun({ facts }: { facts: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const known = useView((view) => view.self.name);
  const { typed, type, commit } = useTyped(async (text: string) => {
    const wanted = text.trim();
    if (wanted !== '' && wanted !== known) await attempt(async () => await node().settings.update({ name: wanted }));
    // what was typed stays: the view comes after the answer, and "Create a swarm" in between would take the old name
    return wanted === '';
  });
  const [busy, setBusy] = useState(false);
  const name = typed ?? known;
  const joining = useJoining();

  const create = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => {
      // also a name that was only proposed: from here on others know this machine by it
      if (name.trim() !== '') await node().settings.update({ name: name.trim() });
      await node().key.create();
    });
    setBusy(false);
  };

  if (joining) return <Joining />;
  return (
    <main className={classes.page}>
      <div className={classes.inner}>
        <header className={classes.head}>
          <Mark size={44} />
          <h1>{t('first.title')}</h1>
          <p>{t('first.text')}</p>
        </header>
        <TextInput
          className={classes.name}
          label={t('first.name')}
          value={name}
          maxLength={63}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => type(event.currentTarget.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
          }}
          data-testid="machine-name"
        />
        <div className={classes.facts}>{facts}</div>
        <div className={classes.cards}>
          <section className={classes.card} aria-labelledby="axon-create">
            <h2 id="axon-create">{t('first.createTitle')}</h2>
            <p>{t('first.createText')}</p>
            <Button fullWidth onClick={() => void create()} loading={busy} data-testid="first-run-create">
              {t('first.create')}
            </Button>
          </section>
          <section className={classes.card} aria-labelledby="axon-code">
            <h2 id="axon-code">{t('first.codeTitle')}</h2>
            <p>{t('first.codeText')}</p>
            <CodeForm />
          </section>
          <section className={classes.card} data-drop aria-labelledby="axon-join">
            <h2 id="axon-join">{t('first.joinTitle')}</h2>
            <p>{t('first.joinText')}</p>
            <div className={classes.wide}>
              <KeyFileButton variant="default" testId="first-run-join" inputTestId="key-file-input">
                {t('first.join')}
              </KeyFileButton>
              <PasteInvite variant="default" />
            </div>
          </section>
        </div>
        <p className={classes.foot}>{t('first.foot')}</p>
      </div>
    </main>
  );
}
