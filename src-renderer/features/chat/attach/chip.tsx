import { FileText, Image, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '../../../../src-shared/attachment.ts';
import { format } from '../../../ui/index.ts';
import { attachmentTokens } from '../context-use.ts';
import { usePicture } from './content.ts';
import classes from './attach.module.css';

/** One file in a line: what it is called, how large it is and what it costs. A click shows it. */
export function Chip({
  name,
  bytes,
  attachment,
  onOpen,
  children,
}: {
  name: string;
  bytes: number;
  /** null: it is still being read */
  attachment: Attachment | null;
  onOpen: () => void;
  children?: ReactNode;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  const size = format.bytes(bytes, i18n.language);
  const tokens = attachment === null ? null : t('attach.tokens', { tokens: format.count(attachmentTokens(attachment), i18n.language) });
  const pages = attachment?.kind === 'pdf' ? t('attach.pages', { count: attachment.pages }) : null;
  const facts = attachment === null ? t('attach.reading') : [size, pages, tokens].filter(Boolean).join(' · ');
  const isPicture = attachment?.kind === 'image';
  return (
    <div className={classes.chip} data-kind={attachment?.kind ?? 'reading'} data-testid="attachment">
      <button type="button" className={classes.open} disabled={attachment === null} onClick={onOpen} title={name}>
        {attachment === null ? (
          <LoaderCircle size={18} aria-hidden className={classes.turning} />
        ) : isPicture ? (
          <Thumbnail id={attachment.id} />
        ) : (
          <FileText size={18} aria-hidden className={classes.icon} />
        )}
        <span className={classes.words}>
          <span className={classes.name} dir="auto">
            {name}
          </span>
          <span className={classes.facts}>{facts}</span>
        </span>
      </button>
      {children}
    </div>
  );
}

function Thumbnail({ id }: { id: string }): ReactNode {
  const url = usePicture(id);
  if (url === null) return <Image size={18} aria-hidden className={classes.icon} />;
  // the button around it says its name
  return <img src={url} alt="" className={classes.thumbnail} data-testid="thumbnail" />;
}
