import { Kbd } from '@mantine/core';
import type { ComponentProps, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../../src-shared/conversation.ts';
import { format } from '../../ui/index.ts';
import type { Command } from './commands.ts';
import { commandId, hitId } from './finding.ts';
import { foundId } from './search.tsx';
import classes from './search.module.css';

/**
 * What was found, conversations first, with the words that were looked for marked. active: the row that Enter takes. over: it covers what
 * stands below the box. The focus stays in the box.
 */
export function Found(props: {
  hits: readonly SearchHit[];
  commands: readonly Command[];
  active: string | null;
  over: boolean;
  onHit: (hit: SearchHit) => void;
  onCommand: (command: Command) => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const { hits, commands, active, over } = props;
  return (
    <div
      id={foundId}
      role="listbox"
      aria-label={t('conversations.found')}
      className={over ? classes.over : classes.found}
      onMouseDown={(event) => event.preventDefault()}
      data-in-page
      data-testid="found"
    >
      {hits.length > 0 && (
        <div role="group" aria-label={t('conversations.title')}>
          {hits.map((hit) => (
            <Hit key={hitId(hit)} hit={hit} active={active === hitId(hit)} onTake={() => props.onHit(hit)} />
          ))}
        </div>
      )}
      {commands.length > 0 && (
        <div role="group" aria-labelledby="axon-commands">
          <div id="axon-commands" className={classes.group}>
            {t('commands.title')}
          </div>
          {commands.map((command) => (
            <Offered key={command.id} command={command} active={active === commandId(command)} onTake={() => props.onCommand(command)} />
          ))}
        </div>
      )}
    </div>
  );
}

/** One row of what was found. The search box says which is active, and keeps the focus. */
function Row({
  active,
  kind,
  ...rest
}: { active: boolean; kind?: string | undefined } & Omit<ComponentProps<'button'>, 'className'>): ReactNode {
  const className = kind === undefined ? classes.hit : `${classes.hit} ${kind}`;
  return <button type="button" role="option" tabIndex={-1} aria-selected={active} className={className} {...rest} />;
}

function Hit({ hit, active, onTake }: { hit: SearchHit; active: boolean; onTake: () => void }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const title = hit.title === '' ? t('conversations.untitled') : hit.title;
  return (
    <Row id={hitId(hit)} active={active} title={title} onClick={onTake} data-testid="search-hit">
      <span className={classes.head}>
        <span className={classes.title}>{title}</span>
        <span className={classes.when}>{format.ago(hit.at, Date.now(), i18n.language)}</span>
      </span>
      {hit.messageId !== null && (
        <span className={classes.snippet} dir="auto">
          {hit.snippet.map((part, at) =>
            part.hit ? (
              // oxlint-disable-next-line react/no-array-index-key -- drawn anew as a whole
              <mark key={at}>{part.text}</mark>
            ) : (
              part.text
            ),
          )}
        </span>
      )}
    </Row>
  );
}

function Offered({ command, active, onTake }: { command: Command; active: boolean; onTake: () => void }): ReactNode {
  const { icon: Icon, keys } = command;
  return (
    <Row
      id={commandId(command)}
      active={active}
      kind={classes.command}
      aria-keyshortcuts={keys.length === 0 ? undefined : keys.map((key) => spoken[key] ?? key).join('+')}
      onClick={onTake}
      data-testid="command"
      data-command={command.id}
    >
      <Icon size={15} aria-hidden className={classes.icon} />
      <span className={classes.label}>{command.label}</span>
      {keys.length > 0 && (
        <span className={classes.keys} dir="ltr" aria-hidden>
          {keys.map((key) => (
            <Kbd key={key} size="xs">
              {key}
            </Kbd>
          ))}
        </span>
      )}
    </Row>
  );
}

/** As a page names keys (WAI-ARIA 1.2, aria-keyshortcuts). */
const spoken: Record<string, string> = { Ctrl: 'Control', '⌘': 'Meta' };
