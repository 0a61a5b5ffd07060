// The content of attachments, asked of the node when it is to be seen.
import { useEffect, useState } from 'react';
import { dropOldest } from '../../../../src-shared/drop-oldest.ts';
import { bytesOfBase64, imageFacts } from '../../../../src-shared/image.ts';
import { chat } from '../chat.ts';

/** Those that were looked at last; a picture is two thirds of a megabyte at most, a text one. */
const most = 24;
const known = new Map<string, Promise<string>>();

/** Of the open conversation. */
export function contentOf(attachmentId: string): Promise<string> {
  const found = known.get(attachmentId) ?? chat.contentOf(attachmentId);
  known.delete(attachmentId);
  known.set(attachmentId, found);
  found.catch(() => known.delete(attachmentId));
  dropOldest(known, most);
  return found;
}

/** null: it is on its way; undefined: it cannot be had */
export function useContent(attachmentId: string): string | null | undefined {
  const [content, setContent] = useState<string | null | undefined>(null);
  useEffect(() => {
    let gone = false;
    contentOf(attachmentId).then(
      (data) => gone || setContent(data),
      () => gone || setContent(undefined),
    );
    return () => {
      gone = true;
    };
  }, [attachmentId]);
  return content;
}

/** An address that the picture can be drawn from; null while there is none. */
export function usePicture(attachmentId: string): string | null {
  const content = useContent(attachmentId);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const facts = content == null ? null : imageFacts(content);
    const bytes = content == null ? null : bytesOfBase64(content);
    if (facts === null || bytes === null) return undefined;
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: facts.type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content]);
  return url;
}
