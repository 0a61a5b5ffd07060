import { Button } from '@mantine/core';
import { Check, Copy, Download, KeyRound, QrCode } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { InviteView } from '../../../src-shared/member.ts';
import { useAttempt, useDesktop, useNode } from '../../node/index.ts';
import { useNow } from '../../ui/index.ts';
import { ConfirmKey } from './confirm-key.tsx';
import type { KeyWay } from './confirm-key.tsx';
import { useInvite } from './use-invite.ts';
import classes from './add-device.module.css';

type Did = 'copied' | 'saved' | 'key-saved';

/** What can be carried to the next machine: an invite, as a picture, on the clipboard or as a file; and swarm.key. */
export function Carry({ invites }: { invites: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const invite = useInvite();
  const [did, setDid] = useState<Did | null>(null);
  const [way, setWay] = useState<KeyWay>(null);
  const [picture, setPicture] = useState<{ id: string; address: string } | null>(null);
  useEffect(() => () => forgetPicture(picture), [picture]);
  const shown = picture !== null && invite.open.some(({ id, stale }) => id === picture.id && !stale);

  const show = async (): Promise<void> => {
    if (shown) return setPicture(null);
    await attempt(async () => {
      const id = await invite.current();
      const svg = await desktop().invitePicture({ id });
      setPicture({ id, address: URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })) });
    });
  };
  const act = (done: Did, work: () => Promise<unknown>): void => {
    void attempt(async () => {
      setDid((await work()) === false ? null : done);
    });
  };
  const icon = (mine: Did, plain: ReactNode): ReactNode => (did === mine ? <Check size={14} aria-hidden /> : plain);

  return (
    <>
      {invites && (
        <>
          <p className={classes.text}>{t('add.inviteText')}</p>
          <div className={classes.actions}>
            <Button
              size="xs"
              variant="light"
              leftSection={<QrCode size={14} aria-hidden />}
              aria-expanded={shown}
              onClick={() => void show()}
              data-testid="invite-show"
            >
              {shown ? t('add.hideInvite') : t('add.showInvite')}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={icon('copied', <Copy size={14} aria-hidden />)}
              onClick={() => act('copied', async () => await desktop().copyInvite({ id: await invite.current() }))}
              data-testid="invite-copy"
            >
              {t('add.copyInvite')}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={icon('saved', <Download size={14} aria-hidden />)}
              onClick={() => act('saved', async () => await desktop().saveInvite({ id: await invite.current() }))}
              data-testid="invite-save"
            >
              {t('add.saveInvite')}
            </Button>
          </div>
          {shown && <Picture address={picture.address} />}
          {invite.open.length > 0 && <OpenInvites invites={invite.open} />}
        </>
      )}
      <div className={classes.keyWay}>
        <p className={classes.text}>{invites ? t('add.keyText') : t('add.keyTextMember')}</p>
        <Button
          size="xs"
          variant={invites ? 'subtle' : 'light'}
          color="gray"
          leftSection={icon('key-saved', <KeyRound size={14} aria-hidden />)}
          onClick={() => setWay('save')}
          data-testid="key-save"
        >
          {t('add.saveKey')}
        </Button>
        <ConfirmKey way={way} onClose={() => setWay(null)} onYes={() => act('key-saved', async () => await desktop().saveKey())} />
      </div>
      <p className={classes.done} role="status">
        {did === null ? '' : t(`add.did.${did}`)}
      </p>
    </>
  );
}

function Picture({ address }: { address: string }): ReactNode {
  const { t } = useTranslation('window');
  const figure = useRef<HTMLElement>(null);
  useEffect(() => {
    figure.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <figure className={classes.picture} ref={figure}>
      <img src={address} alt={t('add.pictureAlt')} width={208} height={208} data-testid="invite-picture" />
      <figcaption>{t('add.pictureText')}</figcaption>
    </figure>
  );
}

function OpenInvites({ invites }: { invites: readonly InviteView[] }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const now = useNow(5000);
  return (
    <ul className={classes.invites} aria-label={t('add.openInvites')}>
      {invites.map(({ id, expiresAt, stale, shown }) => (
        <li key={id} data-testid="open-invite" data-stale={stale || undefined}>
          <span>
            {stale
              ? t(shown ? 'add.inviteStale' : 'add.inviteDead')
              : t('add.inviteOpen', { count: Math.max(1, Math.ceil((expiresAt - now) / 60_000)) })}
          </span>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => void attempt(async () => await node().invites.cancel({ id }))}
            data-testid="invite-cancel"
          >
            {t('add.takeBack')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function forgetPicture(picture: { address: string } | null): void {
  if (picture !== null) URL.revokeObjectURL(picture.address);
}
