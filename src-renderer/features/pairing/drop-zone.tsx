import { KeyRound, Paperclip } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { windowKeyImport } from './window-key-import.ts';
import { bringsKey } from './brought.ts';
import { inviteIn, keyIn } from './invite-text.ts';
import { readDrop } from './read-key-file.ts';
import classes from './drop-zone.module.css';

/**
 * Takes a swarm.key or an invite dropped anywhere on the window, at any time; shows where it goes while it hovers.
 * @param attach takes any other file; null: there is nothing to put it to
 */
export function DropZone({ attach }: { attach: ((files: readonly File[]) => void) | null }): ReactNode {
  const { t } = useTranslation('window');
  const [over, setOver] = useState(false);

  useEffect(() => {
    // dragenter and dragleave come for every element on the way: count them.
    let depth = 0;
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onEnter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      depth++;
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onOver = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      // Without this the window would open the file instead.
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
    };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (event.dataTransfer === null) return;
      const files = [...event.dataTransfer.files];
      const key = readDrop(event.dataTransfer.items);
      void (async () => {
        if (attach !== null && !(await bringsKey(files))) attach(files);
        else await windowKeyImport.take(await key);
      })();
    };
    // A pasted invite or key counts as brought, unless it goes into a field.
    const onPaste = (event: ClipboardEvent): void => {
      const text = event.clipboardData?.getData('text') ?? '';
      const inField = event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]') !== null;
      if (inField || (inviteIn(text) === null && keyIn(text) === null)) return;
      event.preventDefault();
      void windowKeyImport.takeText(text);
    };
    window.addEventListener('paste', onPaste);
    window.addEventListener('dragenter', onEnter);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('dragover', onOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('paste', onPaste);
      window.removeEventListener('dragenter', onEnter);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('drop', onDrop);
    };
  }, [attach]);

  if (!over) return null;
  return (
    <div className={classes.overlay} data-testid="drop-overlay">
      <div className={classes.target}>
        {attach === null ? <KeyRound size={34} aria-hidden /> : <Paperclip size={34} aria-hidden />}
        <strong>{attach === null ? t('key.dropHere') : t('attach.dropHere')}</strong>
        <span>{attach === null ? t('key.dropHint') : t('attach.dropHint')}</span>
      </div>
    </div>
  );
}
