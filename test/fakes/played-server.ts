// What the played servers of engines have in common: HTTP on loopback, an answer word by word, and their bad days.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fakeTokens } from './fake-engine.ts';

/** SaidError: what such a server puts into its {"error"}. */
export type PlayedServer<SaidError> = TroubleAhead<SaidError> & {
  readonly url: string;
  /** Bodies of the chat requests, in order. */
  readonly chats: readonly Record<string, unknown>[];
  /** Answers that are being written now. */
  readonly writing: number;
  /** It takes connections and says nothing any more, as a stopped process does. */
  freeze(): void;
  close(): Promise<void>;
};

type TroubleAhead<SaidError> = {
  /** The next chat answers with this status and {"error"}. */
  failNext(status: number, error: SaidError): void;
  /** The next chat sends `texts` words and then {"error"}, with status 200. */
  breakNext(error: SaidError, texts: number): void;
  /** The next chat sends `texts` words and then drops the connection. */
  cutNext(texts: number): void;
  /** The next chat sends `texts` words and then nothing more. */
  hangNext(texts: number): void;
};

export type Trouble<SaidError> =
  | { kind: 'status'; status: number; error: SaidError }
  | { kind: 'break'; error: SaidError; texts: number }
  | { kind: 'cut' | 'hang'; texts: number };

/** The trouble of the next chat, at most one. OwnTrouble: what only this kind of server does. */
export function nextTrouble<SaidError, OwnTrouble>(): {
  set: (trouble: OwnTrouble) => void;
  /** For one chat. */
  take: () => Trouble<SaidError> | OwnTrouble | undefined;
  ahead: TroubleAhead<SaidError>;
} {
  let next: Trouble<SaidError> | OwnTrouble | undefined;
  return {
    set: (trouble) => void (next = trouble),
    take() {
      const taken = next;
      next = undefined;
      return taken;
    },
    ahead: {
      failNext: (status, error) => void (next = { kind: 'status', status, error }),
      breakNext: (error, texts) => void (next = { kind: 'break', error, texts }),
      cutNext: (texts) => void (next = { kind: 'cut', texts }),
      hangNext: (texts) => void (next = { kind: 'hang', texts }),
    },
  };
}

/** Listens on 127.0.0.1; port 0: any that is free. */
export async function listening(listener: RequestListener, port = 0): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What was posted, as JSON. */
export async function postedJson<Body>(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return JSON.parse(text) as Body;
}

/** Resolves when whoever asked is gone. */
export function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('close', resolve));
}

/** What is answered where no script says otherwise. */
export function youSaid(question: string): string {
  return `You said “${question.slice(0, 80)}” 👍. One two three four five six seven eight nine ten eleven twelve thirteen.`;
}

/** The words of `text` before the first of the stop texts, `most` at the most. cut: there would have been more. */
export function wordsOf(text: string, stops: readonly string[] = [], most = Number.POSITIVE_INFINITY): { words: string[]; cut: boolean } {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  const all = fakeTokens(text.slice(0, Math.min(text.length, ...ends)));
  const words = all.slice(0, most);
  return { words, cut: words.length < all.length };
}

/** Says the words one after the other. false: it came to an end before, by the trouble or since whoever asked is gone; nothing may follow. */
export async function sayWords<SaidError>(
  response: ServerResponse,
  words: readonly string[],
  {
    say,
    sayError,
    trouble,
    wordMs = 1,
  }: {
    say: (word: string) => void;
    sayError: (error: SaidError) => void;
    trouble?: Trouble<SaidError> | undefined;
    /** After each. */
    wordMs?: number | undefined;
  },
): Promise<boolean> {
  for (const [index, word] of words.entries()) {
    if (trouble !== undefined && 'texts' in trouble && trouble.texts === index) {
      if (trouble.kind === 'break') {
        sayError(trouble.error);
        response.end();
      } else if (trouble.kind === 'cut') response.destroy();
      else await closed(response);
      return false;
    }
    say(word);
    await sleep(wordMs);
    if (response.destroyed) return false;
  }
  return true;
}
