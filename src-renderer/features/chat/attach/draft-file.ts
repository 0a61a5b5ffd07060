import type { Attachment } from '../../../../src-shared/attachment.ts';
import type { FileRefusal } from './file-kind.ts';

/** A file of a draft. attachment null: it is still being read or given to the node */
export type DraftFile = { id: string; name: string; bytes: number; attachment: Attachment | null };
/** Why the last file could not be attached. */
export type RefusedFile = { name: string; why: FileRefusal };
