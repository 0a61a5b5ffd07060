import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureWords } from '../../node/index.ts';
import { useChat } from './chat.ts';
import { lostKind } from './lost.ts';
import { goesOn, useWaitWords } from './phase.tsx';
import type { Phase } from './run.ts';

/** A wait that is over sooner is not worth a word, ms: the answer's beginning says it. */
const waitsAtLeast = 2_000;
/** A place in line may change every second; it is told again this much later at the soonest, ms. */
const apart = 15_000;

/** Tells a screen reader that an answer waits, began, moved to another machine, and ended; never its words, and no progress. */
export function Announcer(): ReactNode {
  const currentId = useChat((state) => state.currentId);
  return (
    <div className="axon-unseen" role="status" data-testid="announcer">
      {/* of each conversation its own: to leave one is not its answer's end */}
      {currentId !== null && <Told key={currentId} conversationId={currentId} />}
    </div>
  );
}

function Told({ conversationId }: { conversationId: string }): ReactNode {
  const { t } = useTranslation('window');
  const failureWords = useFailureWords();
  // parts that stay the same while text comes
  const phase = useChat((state) => state.runs[conversationId]?.phase ?? null);
  const machine = useChat((state) => state.runs[conversationId]?.placement?.leader.name ?? null);
  const lost = useChat((state) => state.runs[conversationId]?.lost ?? null);
  const ended = useChat((state) => state.conversation?.messages.at(-1)?.answer ?? null);
  const [words, setWords] = useState('');

  const running = phase?.kind ?? null;
  const before = useRef(running);
  const begun = useRef(running === 'writing');
  useEffect(() => {
    // the same words once more would be no news to a screen reader
    if (running !== null && before.current === null) setWords('');
    if (running === 'writing' && !begun.current) {
      // Once: an answer that moves to another machine does not begin anew.
      begun.current = true;
      setWords(t('chat.announceStart'));
    } else if (running === null && before.current !== null) {
      begun.current = false;
      const why = ended?.failure == null ? '' : ` ${failureWords(ended.failure.code).title}.`;
      setWords(ended?.state === 'done' ? t('chat.announceEnd') : `${t('chat.announceBroken')}${why}`);
    }
    before.current = running;
  }, [running, ended, failureWords, t]);

  const moved =
    phase !== null && lost !== null && machine !== null && goesOn(phase)
      ? t(`chat.moved.${lostKind(lost.code)}`, { lost: lost.name, name: machine })
      : null;
  useEffect(() => {
    if (moved !== null) setWords(moved);
  }, [moved]);

  useWaits(conversationId, phase, setWords);
  return words;
}

/** Says what is waited for, once that has lasted for a moment; a place in line again when it is another one, but not often. */
function useWaits(conversationId: string, phase: Phase | null, say: (words: string) => void): void {
  const wordsOf = useWaitWords();
  const machine = useChat((state) => state.runs[conversationId]?.placement?.leader.name ?? null);
  const wrote = useChat((state) => (state.runs[conversationId]?.text ?? '') !== '');
  const words = phase === null || phase.kind === 'writing' ? null : wordsOf(phase, machine, wrote);
  const latest = useRef(words);
  useEffect(() => {
    latest.current = words;
  }, [words]);

  const last = useRef({ wait: '', at: 0 });
  const wait = words === null ? '' : `${phase?.kind} ${machine}`;
  const place = phase?.kind === 'queued' ? phase.position : null;
  useEffect(() => {
    if (wait === '') return undefined;
    const since = Date.now() - last.current.at;
    const timer = setTimeout(
      () => {
        last.current = { wait, at: Date.now() };
        if (latest.current !== null) say(latest.current);
      },
      Math.max(waitsAtLeast, last.current.wait === wait ? apart - since : 0),
    );
    return () => clearTimeout(timer);
  }, [wait, place, say]);
}
