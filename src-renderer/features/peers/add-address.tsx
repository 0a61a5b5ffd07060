import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { callFailure, useFailureWords, useNode } from '../../node/index.ts';
import { Addresses, useOwnAddresses } from './own-addresses.tsx';
import classes from './add-address.module.css';

/** Where mDNS does not reach: an address typed by hand. The node remembers and dials it. */
export function AddAddress(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const words = useFailureWords();
  const own = useOwnAddresses();
  const [address, setAddress] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);

  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const typed = address.trim();
    if (typed === '') return;
    setBusy(true);
    setError(null);
    setSaid('');
    try {
      await node().peers.add({ address: typed });
      setAddress('');
      setSaid(t('machines.addressAdded', { address: typed }));
    } catch (failure) {
      const { title, fix } = words(callFailure(failure).code);
      setError(`${title}. ${fix}`);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void add(event)}>
      {own.length > 0 && (
        <div className={classes.own} data-testid="own-addresses">
          <span>{t('machines.ownAddress')}</span>
          <Addresses list={own} />
        </div>
      )}
      <TextInput
        label={t('machines.addressLabel')}
        description={t('machines.addressHint')}
        placeholder="192.168.1.20:4101"
        value={address}
        error={error}
        spellCheck={false}
        autoComplete="off"
        dir="ltr"
        maxLength={300}
        data-testid="address-input"
        onChange={(event) => {
          setAddress(event.currentTarget.value);
          setSaid('');
        }}
        // beside the field, and above what is wrong with it
        inputContainer={(field) => (
          <div className={classes.field}>
            {field}
            <Button type="submit" variant="default" loading={busy} disabled={address.trim() === ''} data-testid="address-add">
              {t('machines.addressAdd')}
            </Button>
          </div>
        )}
      />
      <div role="status" className={classes.said}>
        {said}
      </div>
    </form>
  );
}
