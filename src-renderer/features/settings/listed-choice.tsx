import { Select } from '@mantine/core';
import type { SelectProps } from '@mantine/core';
import type { ReactNode } from 'react';

/** One of several values, in a list that opens. While it is closed, its values stand nowhere in the page: `data-values` holds them for the search. */
export function ListedChoice({
  data,
  testId,
  ...props
}: Pick<SelectProps, 'label' | 'description' | 'placeholder' | 'disabled' | 'value' | 'clearable' | 'allowDeselect' | 'onChange'> & {
  data: { value: string; label: string }[];
  testId?: string;
}): ReactNode {
  return (
    <Select
      {...props}
      data={data}
      comboboxProps={{ withinPortal: true }}
      data-values={data.map(({ label }) => label).join(' ')}
      data-testid={testId}
    />
  );
}
