import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { swarmMark } from '../../../src-shared/member.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format, Notice } from '../../ui/index.ts';

const seenKey = 'axon.let-in-seen';

/** Who let this machine in, and with which words, until its person has judged: whoever has a stolen key is quick to let others in. */
export function LetInBy(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const letIn = useView((view) => view.membership.letIn);
  const [seen, setSeen] = useState(read);
  // an invite named the swarm and the machine before it was used
  if (letIn === null || letIn.words === '' || seen === idOf(letIn)) return null;
  const judged = (): void => {
    write(idOf(letIn));
    setSeen(idOf(letIn));
  };
  return (
    <Notice
      bar
      tone="quiet"
      title={t('members.letInBy', { name: format.isolated(letIn.name) })}
      testId="let-in-by"
      actions={
        <>
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => void attempt(async () => await node().members.leave())}
            data-testid="let-in-leave"
          >
            {t('members.letInLeave')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={judged} data-testid="let-in-right">
            {t('members.letInRight')}
          </Button>
        </>
      }
    >
      {t('members.letInText', { words: letIn.words, mark: swarmMark(letIn.swarm) })}
    </Notice>
  );
}

function idOf({ swarm, at }: { swarm: string; at: number }): string {
  return `${swarm} ${at}`;
}

function read(): string | null {
  try {
    return window.localStorage.getItem(seenKey);
  } catch {
    return null;
  }
}

function write(id: string): void {
  try {
    window.localStorage.setItem(seenKey, id);
  } catch {
    // Without storage it is said again at the next start.
  }
}
