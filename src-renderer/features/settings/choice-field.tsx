import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './settings-drawer.module.css';

/** One of a few values, all of them in sight beneath what they are about. `id` is the label's; `children` say more, beneath the values. */
export function ChoiceField<Value extends string>(props: {
  id: string;
  label: string;
  value: Value;
  choices: { value: Value; label: string }[];
  disabled?: boolean;
  onChange: (value: Value) => void;
  testId?: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div>
      <span className={classes.label} id={props.id}>
        {props.label}
      </span>
      <SegmentedControl
        fullWidth
        aria-labelledby={props.id}
        value={props.value}
        disabled={props.disabled === true}
        data={props.choices}
        onChange={props.onChange}
        data-testid={props.testId}
      />
      {props.children}
    </div>
  );
}
