// What a paste into the composer brings besides words for the box.

/** From so many characters on, a text is put to the question instead of into the box: two printed pages. */
const longText = 6000;

/** Whether a text goes with the question as a file. room: characters that the box still takes */
export const isForFile = (text: string, room: number): boolean => text.length >= Math.min(longText, room + 1);

/** @param name of a long text */
export const asFile = (text: string, name: string): File => new File([text], name, { type: 'text/plain' });

type Pasted = Pick<DataTransfer, 'files' | 'getData'>;

/** What of a paste is no text for the box: files, or a text that becomes one; null: it goes into the box as it is. room: as of isForFile */
export function fromPaste(pasted: Pasted, room: number): { files: File[] } | { text: string } | null {
  const text = pasted.getData('text/plain');
  // A word processor brings a picture of what it copied beside the words.
  if (text === '') return pasted.files.length === 0 ? null : { files: [...pasted.files] };
  return isForFile(text, room) ? { text } : null;
}
