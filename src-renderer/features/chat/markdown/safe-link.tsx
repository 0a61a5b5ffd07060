import { Button, Popover } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesktop } from '../../../node/index.ts';
import { takeFocus } from '../../../ui/index.ts';
import { judgeLink } from './link-policy.ts';
import classes from './markdown.module.css';

type Judged = Extract<ReturnType<typeof judgeLink>, { url: string }>;

/** A link shows its whole address first and opens, outside of the window, on the second click. Anything but http(s) and mailto is text. */
export function SafeLink({ href, children }: { href: string | undefined; children: ReactNode }): ReactNode {
  /** A card of its own for each of a thousand links, or words that follow the language, would hold the window for seconds. */
  const [wanted, setWanted] = useState(false);
  const verdict = judgeLink(href);
  if (verdict.kind === 'inert') return <span className={classes.inert}>{children}</span>;
  if (wanted) return <LinkCard verdict={verdict}>{children}</LinkCard>;
  return (
    <button type="button" className={classes.link} data-testid="answer-link" onClick={() => setWanted(true)}>
      {children}
    </button>
  );
}

function LinkCard({ verdict, children }: { verdict: Judged; children: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const [opened, setOpened] = useState(true);
  const open = (): void => {
    setOpened(false);
    void desktop().openLink({ url: verdict.url });
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="top-start" width="max-content" trapFocus returnFocus shadow="md">
      <Popover.Target>
        {/* A button, not an anchor: nothing but the popover can follow it, by no key and no drag. */}
        <button ref={takeFocus} type="button" className={classes.link} data-testid="answer-link" onClick={() => setOpened((was) => !was)}>
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.linkCard}>
        <div className={classes.linkAddress} data-testid="link-address">
          {verdict.url}
        </div>
        <Button size="xs" onClick={open} data-testid="link-open">
          {t('chat.openLink', { host: verdict.host })}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
