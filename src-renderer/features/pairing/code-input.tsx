import { useId, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import { codeLength, codeOfText } from './code-join.ts';
import classes from './code-input.module.css';

/** Eight boxes that are one field: typing moves on by itself, a pasted code fills them, the last character sends. */
export function CodeInput({
  input,
  label,
  error,
  typed,
  focused: startsFocused,
  onChange,
  onComplete,
}: {
  /** For whoever gives it the focus. */
  input: RefObject<HTMLInputElement | null>;
  label: string;
  error: string | null;
  /** What is in it when it comes: a code that may still be right. */
  typed: string;
  /** It has the focus when it comes: a wrong code is typed again. */
  focused: boolean;
  onChange: (code: string) => void;
  onComplete: (code: string) => void;
}): ReactNode {
  const id = useId();
  const [code, setCode] = useState(typed);
  const [focused, setFocused] = useState(false);
  const change = (text: string): void => {
    const next = codeOfText(text);
    setCode(next);
    onChange(next);
    if (next.length === codeLength && next !== code) onComplete(next);
  };
  const full = code.length === codeLength;
  // a whole code is selected, so that another one takes its place
  const toEnd = (box: HTMLInputElement): void => box.setSelectionRange(full ? 0 : code.length, code.length);
  return (
    <div className={classes.field}>
      <div
        className={classes.frame}
        data-focused={focused || undefined}
        data-selected={(focused && full) || undefined}
        data-error={error !== null || undefined}
      >
        <input
          ref={input}
          className={classes.input}
          value={code}
          aria-label={label}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : id}
          autoFocus={startsFocused}
          inputMode="text"
          autoCapitalize="characters"
          autoComplete="one-time-code"
          autoCorrect="off"
          spellCheck={false}
          dir="ltr"
          data-testid="code-input"
          onChange={(event) => change(event.currentTarget.value)}
          onFocus={(event) => {
            setFocused(true);
            toEnd(event.currentTarget);
          }}
          onClick={(event) => toEnd(event.currentTarget)}
          onBlur={() => setFocused(false)}
        />
        <span className={classes.boxes} aria-hidden>
          {Array.from({ length: codeLength }, (_, at) => (
            <span key={at} className={classes.box} data-next={(focused && at === code.length) || undefined}>
              {code[at] ?? ''}
            </span>
          ))}
        </span>
      </div>
      <div id={id} className={classes.error} role="alert" data-testid="code-error">
        {error ?? ''}
      </div>
    </div>
  );
}
