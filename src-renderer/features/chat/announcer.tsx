import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat } from './chat.ts';

/** Tells a screen reader that an answer began and that it ended; never its tokens. */
export function Announcer(): ReactNode {
  const { t } = useTranslation('window');
  const running = useChat((state) => (state.currentId === null ? null : (state.runs[state.currentId]?.phase.kind ?? null)));
  const outcome = useChat((state) => state.conversation?.messages.at(-1)?.answer?.state ?? null);
  const [words, setWords] = useState('');
  const before = useRef(running);
  const begun = useRef(false);
  useEffect(() => {
    if (running === 'writing' && !begun.current) {
      // Once: an answer that moves to another machine does not begin anew.
      begun.current = true;
      setWords(t('chat.announceStart'));
    } else if (running === null && before.current !== null) {
      begun.current = false;
      setWords(outcome === 'done' ? t('chat.announceEnd') : t('chat.announceBroken'));
    }
    before.current = running;
  }, [running, outcome, t]);
  return (
    <div className="axon-unseen" role="status" data-testid="announcer">
      {words}
    </div>
  );
}
