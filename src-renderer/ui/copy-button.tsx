import { ActionIcon } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';

/** Copies a text; shows for a moment that it did. The label changes too, for those who do not see the icon. */
export function CopyButton({
  text,
  label,
  copiedLabel,
  icon = <Copy size={14} aria-hidden />,
  testId,
}: {
  text: () => string;
  label: string;
  copiedLabel: string;
  /** Where there are several. */
  icon?: ReactNode;
  testId?: string;
}): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    navigator.clipboard.writeText(text()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      onClick={copy}
      aria-label={copied ? copiedLabel : label}
      title={copied ? copiedLabel : label}
      data-testid={testId}
    >
      {copied ? <Check size={14} aria-hidden /> : icon}
    </ActionIcon>
  );
}
