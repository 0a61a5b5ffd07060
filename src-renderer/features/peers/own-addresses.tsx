import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { addressesToType } from '../../../src-shared/own-address.ts';
import { useView } from '../../node/index.ts';
import { CopyButton } from '../../ui/index.ts';
import classes from './add-address.module.css';

/** What another machine types to reach this one; [] while it listens nowhere that another one can reach. */
export function useOwnAddresses(): string[] {
  const listening = useView((view) => view.self.addresses);
  const interfaces = useView((view) => view.self.hardware.addresses);
  return addressesToType(listening, interfaces);
}

/** Each address to read and to copy. */
export function Addresses({ list }: { list: readonly string[] }): ReactNode {
  const { t } = useTranslation('window');
  return list.map((address) => (
    <span key={address} className={classes.address} data-testid="own-address">
      <code dir="ltr">{address}</code>
      <CopyButton text={() => address} label={t('settings.copyAddress')} copiedLabel={t('common.copied')} testId="own-address-copy" />
    </span>
  ));
}
