// What a paste into the composer brings besides words for the box.

/** From so many characters on, a text is put to the question instead of into the box: two printed pages. */
const longText = 6000;

type Pasted = Pick<DataTransfer, 'files' | 'getData'>;

/** The files that a paste becomes; none: it goes into the box as it is. @param name of a long text */
export function pastedFiles(pasted: Pasted, name: string): File[] {
  const text = pasted.getData('text/plain');
  // A word processor brings a picture of what it copied beside the words.
  if (text === '') return [...pasted.files];
  return text.length >= longText ? [new File([text], name, { type: 'text/plain' })] : [];
}
