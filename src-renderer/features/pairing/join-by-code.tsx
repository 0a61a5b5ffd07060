import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { Monitor } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { NearbyDoor } from '../../../src-shared/member.ts';
import { useFailureWords } from '../../node/index.ts';
import { format, Mark } from '../../ui/index.ts';
import { CodeInput } from './code-input.tsx';
import { useNearby } from './use-nearby.ts';
import { codeLength } from './code-join.ts';
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
  const tried = state.kind === 'failed' || state.kind === 'cancelled' ? state : null;
  const [address, setAddress] = useState(tried?.address ?? '');
  const [chosen, setChosen] = useState(tried?.chosen ?? null);
  // only a wrong code is of no more use
  const [kept] = useState(failed === 'code-wrong' ? '' : (tried?.typed ?? ''));
  const [typed, setTyped] = useState(kept);
  const code = useRef<HTMLInputElement>(null);
  const said = failed === null ? null : words(failed);
  const notNearby = tried?.address === '' && tried.chosen === null && (failed === 'not-reachable' || failed === 'code-expired');
  const join = (whole: string): void => void windowCodeJoin.start(whole, { address: address.trim(), chosen });
  const again = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.length === codeLength) join(typed);
    else code.current?.focus();
  };
  return (
    <form onSubmit={again} className={classes.form}>
      <Nearby
        chosen={chosen?.peerId ?? null}
        onChoose={(door) => {
          setChosen(door.peerId === chosen?.peerId ? null : door);
          code.current?.focus();
        }}
      />
      <CodeInput
        input={code}
        label={chosen === null ? t('join.codeLabel') : t('join.codeOf', { name: format.isolated(nameOf(chosen)) })}
        typed={kept}
        focused={tried !== null && !notNearby}
        error={said === null ? null : notNearby ? t('join.notNearby') : `${said.title}. ${said.fix}`}
        onChange={setTyped}
        onComplete={join}
      />
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
        autoFocus={notNearby}
        data-testid="code-address"
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      {kept !== '' && (
        <Button type="submit" size="xs" mt={8} variant="default" disabled={typed.length < codeLength} data-testid="code-again">
          {t('join.again')}
        </Button>
      )}
    </form>
  );
}

/** What a machine calls itself; one that does not say goes by its address. */
const nameOf = ({ name, host }: NearbyDoor): string => (name === '' ? host : name);

/** Machines nearby that show a code right now. A click says whose code is typed next. */
function Nearby({ chosen, onChoose }: { chosen: string | null; onChoose: (door: NearbyDoor) => void }): ReactNode {
  const { t } = useTranslation('window');
  const doors = useNearby();
  return (
    <div className={classes.nearby} role="group" aria-label={t('first.nearby')} data-testid="nearby">
      {doors.map((door) => (
        <UnstyledButton
          key={door.peerId}
          className={classes.door ?? ''}
          aria-pressed={door.peerId === chosen}
          onClick={() => onChoose(door)}
          data-testid="nearby-door"
        >
          <Monitor size={16} aria-hidden />
          <bdi className={classes.doorName}>{nameOf(door)}</bdi>
          {door.name !== '' && <span className={classes.doorHost}>{door.host}</span>}
        </UnstyledButton>
      ))}
    </div>
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
