import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { leadsNow } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { useView } from '../../node/index.ts';
import { othersToAsk } from '../../node/may-ask.ts';
import { format, Notice } from '../../ui/index.ts';
import classes from './attach/attach.module.css';
import { chat, useChat } from './chat.ts';
import { lentModels } from './context-use.ts';
import { focusComposer } from './shortcuts.tsx';
import { machineOf, modelOf } from './state.ts';
import type { PickedMachine } from './state.ts';

/** A window that comes, or a link that breaks for a moment, finds the others again within so long, ms. */
const patience = 3000;

/** Where the open conversation asks one machine alone, and that one answers nobody: which one it is, and the way to the others. */
export function PickedGone(): ReactNode {
  const machine = useChat(machineOf);
  const gone = useView((view) => machine !== null && !answers(view, machine.peerId));
  return machine !== null && gone ? <Gone key={machine.peerId} machine={machine} /> : null;
}

function Gone({ machine }: { machine: PickedMachine }): ReactNode {
  const { t } = useTranslation('window');
  const model = useChat(modelOf);
  const offered = useView((view) => model !== null && lentModels(view, model).length > 0);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div className={classes.notice}>
      <Notice
        tone="warn"
        title={t('chat.pickedGone', { name: machine.name === '' ? t('models.away') : format.isolated(machine.name) })}
        testId="picked-gone"
        actions={
          <Button
            size="compact-sm"
            variant="default"
            // a model that nobody else has would be the same dead end
            onClick={() => {
              chat.pick({ machine: null, ...(offered ? {} : { model: null }) });
              focusComposer();
            }}
            data-testid="ask-any"
          >
            {t('chat.askAny')}
          </Button>
        }
      >
        {t('chat.pickedGoneText')}
      </Notice>
    </div>
  );
}

/** It is here, may be asked and answers; what its owner keeps it from just now is another matter. */
function answers(view: SwarmView, machine: string): boolean {
  const { self } = view;
  if (self.peerId === machine) return self.role.actual.kind === 'leader';
  return othersToAsk(view).some(({ peerId, offer }) => peerId === machine && leadsNow(offer));
}
