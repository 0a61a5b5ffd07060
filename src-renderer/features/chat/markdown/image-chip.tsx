import { ImageOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './markdown.module.css';

/** Stands for a picture that a text asks for: the address as text, nothing is loaded. */
export function ImageChip({ address, alt }: { address: string; alt: string }): ReactNode {
  const { t } = useTranslation('window');
  const shown = address.length > 200 ? `${address.slice(0, 200)}…` : address;
  return (
    <span className={classes.image} data-testid="image-chip" title={t('chat.imageNotLoaded')}>
      <ImageOff size={13} aria-hidden />
      <span className={classes.imageAlt}>{alt === '' ? t('chat.image') : alt}</span>
      {shown !== '' && <span className={classes.imageAddress}>{shown}</span>}
    </span>
  );
}
