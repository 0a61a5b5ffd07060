import { NumberInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export type NumberBoxProps = {
  label: string;
  /** undefined: none was chosen */
  value: number | undefined;
  min: number;
  max: number;
  /** Left out: whole numbers only. */
  step?: number;
  placeholder: string;
  /** While it is typed; undefined also while what stands there does not fit. */
  onChange: (value: number | undefined) => void;
  testId: string;
};

/**
 * A number, or none. What is typed stays as it is typed ("0." is on its way to 0.7), with a point or with a comma; one that does not fit is
 * told, and is none.
 */
export function NumberBox({ label, value, min, max, step, placeholder, onChange, testId }: NumberBoxProps): ReactNode {
  const { t, i18n } = useTranslation('window');
  const [typed, setTyped] = useState<number | string>(value ?? '');
  const given = useRef(value);
  const fits = (number: number | undefined): boolean => number === undefined || (number >= min && number <= max);
  useEffect(() => {
    if (value === given.current) return;
    // a preset was picked, or everything was reset
    given.current = value;
    setTyped(value ?? '');
  }, [value]);
  const words = new Intl.NumberFormat(i18n.language);
  return (
    <NumberInput
      label={label}
      value={typed}
      {...(step === undefined ? { allowDecimal: false } : { step })}
      min={min}
      max={max}
      decimalSeparator={words.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.'}
      allowedDecimalSeparators={['.', ',']}
      allowNegative={false}
      clampBehavior="none"
      placeholder={placeholder}
      error={fits(numberIn(typed)) ? undefined : t('tune.between', { least: words.format(min), most: words.format(max) })}
      onChange={(next) => {
        setTyped(next);
        const number = numberIn(next);
        given.current = fits(number) ? number : undefined;
        onChange(given.current);
      }}
      data-testid={testId}
    />
  );
}

/** undefined: nothing is typed */
function numberIn(typed: number | string): number | undefined {
  if (typeof typed === 'number') return typed;
  const number = Number.parseFloat(typed);
  return Number.isNaN(number) ? undefined : number;
}
