import { Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFailureWords } from '../../node/index.ts';
import { Mark } from '../../ui/index.ts';
import { CodeInput } from './code-input.tsx';
import { windowCodeJoin } from './window-code-join.ts';
import { ComparedWords } from './words.tsx';
import classes from './join.module.css';

/** After this long without an answer the address is worth typing. */
const slowMs = 6000;

/** Whether joining by a code is under way in this window: then it fills the page. */
export function useJoining(): boolean {
  return useStore(windowCodeJoin.store, ({ kind }) => kind === 'searching' || kind === 'words');
}

/** The field for the code, in the card of the first run. */
export function CodeForm(): ReactNode {
  const { t } = useTranslation('window');
  const words = useFailureWords();
  const state = useStore(windowCodeJoin.store);
  const failed = state.kind === 'failed' ? state.code : null;
  const [address, setAddress] = useState(state.kind === 'failed' ? state.address : '');
  // Where nothing was found, an address helps; otherwise it is one thing less to see.
  const [withAddress, setWithAddress] = useState(address !== '' || failed === 'code-expired' || failed === 'not-reachable');
  const said = failed === null ? null : words(failed);
  return (
    <>
      <CodeInput
        label={t('join.codeLabel')}
        focused={failed !== null}
        error={said === null ? null : `${said.title}. ${said.fix}`}
        onComplete={(code) => void windowCodeJoin.start(code, address.trim())}
      />
      {withAddress ? (
        <TextInput
          className={classes.address}
          size="xs"
          label={t('join.address')}
          placeholder="192.168.1.20:4102"
          value={address}
          spellCheck={false}
          autoComplete="off"
          dir="ltr"
          maxLength={300}
          data-testid="code-address"
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
      ) : (
        <Button
          className={classes.more}
          size="compact-xs"
          variant="subtle"
          color="gray"
          onClick={() => setWithAddress(true)}
          data-testid="code-address-open"
        >
          {t('join.addressOpen')}
        </Button>
      )}
    </>
  );
}

/** Looking for the other machine, then the words that both screens show. */
export function Joining(): ReactNode {
  const { t } = useTranslation('window');
  const state = useStore(windowCodeJoin.store);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), slowMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className={classes.page}>
      <div className={classes.inner} data-testid="joining" data-kind={state.kind}>
        <Mark size={44} />
        {state.kind === 'words' ? (
          <div role="status" className={classes.said}>
            <h1>
              <Trans t={t} i18nKey="join.compareTitle" values={{ name: state.name }} components={{ name: <bdi /> }} />
            </h1>
            <ComparedWords words={state.words} size="page" />
            <p>{t('join.compareText')}</p>
          </div>
        ) : (
          <div role="status" className={classes.said}>
            <h1>{t('join.searching')}</h1>
            <p>{slow ? t('join.slow') : t('join.searchingText')}</p>
          </div>
        )}
        <Button variant="default" onClick={windowCodeJoin.cancel} data-testid="join-cancel">
          {t('common.cancel')}
        </Button>
      </div>
    </main>
  );
}
