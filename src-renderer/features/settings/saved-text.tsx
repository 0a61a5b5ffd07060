import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';

/** A text that is saved when the person leaves it or presses Enter, and shown again as it was when it is not taken. */
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
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? props.value;
  const error = typed === null ? null : props.check(text);
  const commit = async (): Promise<void> => {
    if (typed === null || typed === props.value) {
      setTyped(null);
      return;
    }
    if (error !== null) return;
    await props.save(typed);
    // From here the view shows what became true.
    setTyped(null);
  };
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
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => void commit()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void commit();
      }}
    />
  );
}
