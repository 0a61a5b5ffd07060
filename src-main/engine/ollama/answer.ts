// What Ollama is asked for one answer, and its lines.
import type { ChatParameters, ChatRequest } from '../../../src-shared/chat.ts';
import { withOpenAnswer, type AskedServer, type ServerLine } from '../server-answer.ts';
import { ServerError } from '../server-failures.ts';
import { ollamaClient } from './client.ts';
import { ollamaFailure } from './failures.ts';
import { askedContext, canThink, thinkValue } from './abilities.ts';
import { chatLine, type ChatLine, type Tag } from './wire.ts';

type AskedOllama = Pick<AskedServer, 'askedAt' | 'isLoaded' | 'setLoading'> & { address: string; tag: Tag; request: ChatRequest };

/** For serverAnswer(). It goes on with an assistant's message that stands last, where the model's template leaves it open. */
export function askedOllama({ address, tag, request, ...of }: AskedOllama): AskedServer {
  return {
    ...of,
    server: 'Ollama',
    model: tag.name,
    request,
    lines: (signal) => chatLines(address, tag, request, signal),
    async alive(signal) {
      try {
        await ollamaClient(address, signal).version();
      } catch (error) {
        // any answer is one
        if (!(error instanceof ServerError)) throw error;
      }
    },
    failure: (error, began) => ollamaFailure(error, address, began),
  };
}

async function* chatLines(
  address: string,
  tag: Tag,
  { messages, parameters, continued }: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ServerLine, void> {
  const body = {
    model: tag.name,
    messages: withOpenAnswer(messages, continued?.text).map(({ role, content, images }) => ({
      role,
      content,
      ...(images === undefined ? {} : { images }),
    })),
    options: { ...toOptions(parameters), ...contextOption(tag, parameters) },
    stream: true as const,
    // Asked of a model that cannot, it is refused. An answer that is under way was thought about before.
    ...(canThink(tag) ? { think: continued === undefined && thinkValue(tag, parameters.think) } : {}),
    // Say that a conversation is too long instead of silently dropping its beginning. Older versions ignore both.
    truncate: false,
    shift: false,
  };
  for await (const line of await ollamaClient(address, signal).chat(body)) yield serverLine(chatLine.parse(line));
}

/** Built field by field: only what ChatParameters names reaches Ollama. */
function toOptions({ temperature, topP, topK, maxTokens, seed, stop }: ChatParameters): Record<string, number | string[]> {
  const options = { temperature, top_p: topP, top_k: topK, num_predict: maxTokens, seed, stop };
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, number | string[]] => entry[1] !== undefined));
}

function contextOption(tag: Tag, { contextTokens }: ChatParameters): Record<string, number> {
  return contextTokens === undefined ? {} : { num_ctx: askedContext(tag, contextTokens) };
}

function serverLine(line: ChatLine): ServerLine {
  const said = { text: line.message?.content ?? '', thinking: line.message?.thinking ?? '' };
  if (!line.done) return said;
  const tokens = line.eval_count ?? 0;
  const seconds = (line.eval_duration ?? 0) / 1e9;
  const tokensPerSecond = tokens > 1 && seconds > 0 ? tokens / seconds : 0;
  const reason = line.done_reason === 'length' ? 'length' : 'stop';
  return { ...said, end: { reason, tokens, promptTokens: line.prompt_eval_count, tokensPerSecond } };
}
