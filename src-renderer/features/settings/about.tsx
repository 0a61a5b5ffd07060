import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { CopyButton } from '../../ui/index.ts';
import classes from './settings-drawer.module.css';

/** What helps when something does not work. */
export function About(): ReactNode {
  const { t } = useTranslation('window');
  const self = useView((view) => view.self);
  return (
    <dl className={classes.about}>
      <dt>{t('settings.version')}</dt>
      <dd>{self.version}</dd>
      <dt>{t('settings.identity')}</dt>
      <dd>{t(`settings.identities.${self.identity}`)}</dd>
      <dt>{t('settings.ciphers')}</dt>
      <dd>{t(`settings.cipherKinds.${self.ciphers}`)}</dd>
      <dt>{t('settings.addresses')}</dt>
      <dd>
        {self.addresses.length === 0 && t('settings.notListening')}
        {self.addresses.map((address) => (
          <div key={address} className={classes.address}>
            <code dir="ltr">{address}</code>
            <CopyButton text={() => address} label={t('settings.copyAddress')} copiedLabel={t('common.copied')} />
          </div>
        ))}
      </dd>
    </dl>
  );
}
