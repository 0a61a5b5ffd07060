import { useId, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import { codeLength, codeOfText } from './code-join.ts';
import classes from './code-input.module.css';

/** Eight boxes that are one field: typing moves on by itself, a pasted code fills them, the last character sends. */
export function CodeInput({
  input,
  label,
  error,
  focused: startsFocused,
  onComplete,
}: {
  /** For whoever gives it the focus. */
  input: RefObject<HTMLInputElement | null>;
  label: string;
  error: string | null;
  /** It has the focus when it comes: a wrong code is typed again. */
  focused: boolean;
  onComplete: (code: string) => void;
}): ReactNode {
  const id = useId();
  const [code, setCode] = useState('');
  const [focused, setFocused] = useState(false);
  const change = (text: string): void => {
    const next = codeOfText(text);
    setCode(next);
    if (next.length === codeLength && next !== code) onComplete(next);
  };
  const toEnd = (): void => input.current?.setSelectionRange(code.length, code.length);
  return (
    <div className={classes.field}>
      <div className={classes.frame} data-focused={focused || undefined} data-error={error !== null || undefined}>
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
          onFocus={() => {
            setFocused(true);
            toEnd();
          }}
          onClick={toEnd}
          onBlur={() => setFocused(false)}
        />
        <span className={classes.boxes} aria-hidden>
          {Array.from({ length: codeLength }, (_, at) => (
            <span key={at} className={classes.box} data-next={(focused && at === Math.min(code.length, codeLength - 1)) || undefined}>
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
