import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTyped } from '../../ui/index.ts';

/** A text that is saved when the person leaves it, however they do, or presses Enter; shown again as it was when it is not taken. */
export function SavedText(props: {
  label: string;
  description?: string;
  placeholder?: string;
  value: string;
  maxLength: number;
  check: (text: string) => string | null;
  save: (text: string) => Promise<boolean>;
  numeric?: boolean;
  disabled?: boolean;
  testId?: string;
}): ReactNode {
  const { typed, type, commit } = useTyped(async (next: string) => {
    if (next === props.value) return true;
    if (props.check(next) !== null) return false;
    await props.save(next);
    // From here the view shows what became true.
    return true;
  });
  const text = typed ?? props.value;
  const error = typed === null ? null : props.check(text);
  return (
    <TextInput
      label={props.label}
      description={props.description}
      placeholder={props.placeholder}
      value={text}
      error={error}
      maxLength={props.maxLength}
      disabled={props.disabled === true}
      spellCheck={false}
      autoComplete="off"
      inputMode={props.numeric === true ? 'numeric' : 'text'}
      data-testid={props.testId}
      onChange={(event) => type(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
