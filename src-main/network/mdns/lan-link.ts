// The conversation on one interface: when to ask, when to answer, and what was said last.
import { randomInt } from 'node:crypto';
import type { Clock } from '../../jobs/ports.ts';
import type { Interface } from './interfaces.ts';
import { linkSocket } from './link-socket.ts';

const lanPace = {
  /** Questions after an interface came up: the first packets of a new link are lost more often than not. */
  firstQueriesMs: [0, 300, 1000, 3000],
  /** We say twice that we are there. */
  firstAnswersMs: [0, 1000],
  /** Later ones (+-20 %), for what the first ones missed. Where many nodes are, one asks for all. */
  queryMs: 15_000,
  /** Between two answers on one link: many may ask at once, and all hear one answer. */
  answerGapMs: 200,
} as const;

export type LanLink = {
  readonly found: Interface;
  readonly ready: boolean;
  /** Answers that question, soon; known: instances that the asker has no need of. */
  asked(question: { tags: string[]; known: string[] }, from: string): void;
  /** Says what we announce, now. */
  announce(): void;
  /** Says goodbye if asked to, and closes. */
  close(goodbye: boolean): Promise<void>;
};

export type LanLinkOptions = {
  tags: string[];
  clock: Clock;
  /** Our name under that tag. */
  instance(tag: string): string;
  query(tag: string): Uint8Array;
  /** undefined: nothing to say on this interface */
  answer(tag: string, goodbye: boolean): Uint8Array | undefined;
  ready(): void;
  packet(bytes: Uint8Array, from: string): void;
  failed(error: NodeJS.ErrnoException): void;
  sent(error: Error | undefined): void;
};

/** Opens the interface's socket and begins to talk. */
export function lanLink(found: Interface, options: LanLinkOptions): LanLink {
  const { tags, clock } = options;
  const timers = new Set<() => void>();
  const answers = new Map<string, { last: number; waiting: boolean }>();
  /** When another node last asked for all answers: it asked for us too. */
  let othersAskedAt = Number.NEGATIVE_INFINITY;
  let ready = false;

  const later = (ms: number, run: () => void): void => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  };

  const query = (): void => {
    for (const tag of tags) socket.send(options.query(tag));
  };
  const repeatQuery = (): void => {
    later((lanPace.queryMs * randomInt(80, 121)) / 100, () => {
      if (clock.now() - othersAskedAt > lanPace.queryMs / 2) query();
      repeatQuery();
    });
  };

  const answer = (tag: string): void => {
    const state = answers.get(tag) ?? { last: Number.NEGATIVE_INFINITY, waiting: false };
    answers.set(tag, state);
    if (state.waiting) return;
    const send = (): void => {
      Object.assign(state, { last: clock.now(), waiting: false });
      const packet = options.answer(tag, false);
      if (packet !== undefined) socket.send(packet);
    };
    const pause = state.last + lanPace.answerGapMs - clock.now();
    if (pause <= 0) return send();
    state.waiting = true;
    later(pause, send);
  };

  const socket = linkSocket(found, {
    ready() {
      ready = true;
      options.ready();
      for (const ms of lanPace.firstAnswersMs) later(ms, () => tags.forEach(answer));
      for (const ms of lanPace.firstQueriesMs) later(ms, query);
      repeatQuery();
    },
    packet: options.packet,
    failed: options.failed,
    sent: options.sent,
  });

  return {
    found,
    get ready() {
      return ready;
    },
    asked({ tags: wanted, known }, from) {
      if (known.length === 0 && from !== found.address) othersAskedAt = clock.now();
      for (const tag of wanted) if (!known.includes(options.instance(tag))) answer(tag);
    },
    announce() {
      if (ready) tags.forEach(answer);
    },
    async close(goodbye) {
      for (const cancel of timers) cancel();
      await socket.close(goodbye ? tags.flatMap((tag) => options.answer(tag, true) ?? []) : []);
    },
  };
}
