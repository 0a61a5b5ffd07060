import { ActionIcon, Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { ArrowLeft, Menu } from 'lucide-react';
import type { ReactNode } from 'react';
import classes from './shell.module.css';

/**
 * A column on the left (`side`), which is a drawer where the window is too narrow for both; beside it the bar on top and what stands beneath.
 * back: the way out of what is shown, left in the bar; null: it is where one begins.
 */
export function Frame(props: {
  side: ReactNode;
  /** Of the column, and of the button that brings it into sight. */
  names: { column: string; open: string };
  opened: boolean;
  onOpened: (opened: boolean) => void;
  back: { label: string; go: () => void } | null;
  bar: ReactNode;
  children: ReactNode;
}): ReactNode {
  const narrow = useMediaQuery('(width < 760px)', undefined, { getInitialValueInEffect: false });
  const { back } = props;
  return (
    <div className={classes.shell}>
      {!narrow && <aside className={classes.side}>{props.side}</aside>}
      {narrow && (
        <Drawer
          opened={props.opened}
          onClose={() => props.onOpened(false)}
          size={290}
          withCloseButton={false}
          padding={0}
          attributes={{ content: { 'aria-label': props.names.column } }}
          classNames={{ body: classes.drawerBody ?? '', content: classes.drawer ?? '' }}
        >
          {props.side}
        </Drawer>
      )}
      <div className={classes.main}>
        <header className={classes.top}>
          {narrow && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={34}
              onClick={() => props.onOpened(true)}
              aria-label={props.names.open}
              data-testid="column-open"
            >
              <Menu size={18} aria-hidden />
            </ActionIcon>
          )}
          {back !== null && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={34}
              onClick={back.go}
              aria-label={back.label}
              title={back.label}
              data-testid="back"
            >
              <ArrowLeft size={18} aria-hidden className="axon-mirror" />
            </ActionIcon>
          )}
          {props.bar}
        </header>
        {props.children}
      </div>
    </div>
  );
}
