// What a server with the OpenAI API is asked for one answer, and its events.
import type { ChatMessage, ChatParameters, ChatRequest } from '../../../src-shared/chat.ts';
import { imageFacts } from '../../../src-shared/image.ts';
import type { ServerProgram } from '../../../src-shared/engine.ts';
import { withOpenAnswer, type AskedServer, type ServerLine } from '../server-answer.ts';
import { brokeOff, ServerError } from '../server-failures.ts';
import { askRaw, askServer, shortText } from './ask.ts';
import { serverEvents } from './events.ts';
import { errorWords, openaiFailure, type ServerNamed } from './failures.ts';
import type { ServedModel } from './look.ts';
import { chatEvent, type ChatEvent } from './wire.ts';

/** The longest error that is told, UTF-16 units. */
const maxError = 4000;

export type AskedOpenai = Pick<AskedServer, 'askedAt' | 'isLoaded' | 'setLoading'> &
  ServerNamed & { key: string | undefined; program: ServerProgram | null; model: ServedModel; request: ChatRequest };

/** For serverAnswer(). */
export function askedOpenai({ server, address, key, program, model, request, ...of }: AskedOpenai): AskedServer {
  const at = { server, address };
  return {
    ...of,
    server,
    model: model.name,
    request,
    async *lines(signal) {
      const { open, half } = openText(request);
      const body = bodyOf(request, open, model, program);
      yield* withoutHalf(answerLines({ ...at, key, body, signal }), half);
    },
    // any status is an answer
    alive: (signal) => askServer(`${address}/v1/models`, { signal, key }),
    failure: (error, began) => openaiFailure(error, at, began),
  };
}

/** Built field by field: only what ChatParameters names reaches the server, and of that what this program knows. */
function bodyOf(
  { messages, parameters }: ChatRequest,
  open: string | undefined,
  model: ServedModel,
  program: ServerProgram | null,
): object {
  const { temperature, topP, topK, maxTokens, seed, stop } = parameters;
  const sampling = { temperature, top_p: topP, top_k: topK, max_tokens: maxTokens, seed, stop };
  return {
    model: model.id,
    messages: withOpenAnswer(messages, open).map(openaiMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined)),
    ...(program === 'llama-server' ? llamaFields(parameters, model, open !== undefined) : {}),
  };
}

/**
 * The answer so far, as the server may read it: half of a character at its end (an emoji is two UTF-16 units) is no text to most of them, so
 * that the model writes that character once more.
 */
function openText({ continued }: ChatRequest): { open: string | undefined; half: string } {
  const text = continued?.text ?? '';
  const half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
  const open = text.slice(0, text.length - half.length);
  return { open: open === '' ? undefined : open, half };
}

/** Of a character whose first half was there, only the other half. */
async function* withoutHalf(lines: AsyncGenerator<ServerLine, void>, half: string): AsyncGenerator<ServerLine, void> {
  let left = half;
  for await (const line of lines) {
    const again = left !== '' && line.text.startsWith(left);
    if (line.text !== '') left = '';
    yield again ? { ...line, text: line.text.slice(1) } : line;
  }
}

/**
 * tools/server/server-common.cpp and server-schema.cpp of llama.cpp 0.5.0; older ones ignore what they do not know. Without
 * continue_final_message it goes on as well, but says the text so far once more.
 */
function llamaFields({ think }: ChatParameters, { efforts }: ServedModel, continued: boolean): object {
  const level = think === undefined || think === 'off' ? undefined : think;
  return {
    return_progress: true,
    ...(continued ? { continue_final_message: true, add_generation_prompt: false } : {}),
    // an answer that is under way was thought about before
    ...(efforts?.includes('off') === true ? { chat_template_kwargs: { enable_thinking: !continued && think !== 'off' } } : {}),
    ...(efforts?.includes('low') === true && !continued && (level !== undefined || think === 'off')
      ? { reasoning_effort: level ?? 'low' }
      : {}),
  };
}

function openaiMessage({ role, content: written, images }: ChatMessage): object {
  const content = written.toWellFormed();
  if (images === undefined || images.length === 0) return { role, content };
  const pictures = images.map((data) => ({
    type: 'image_url',
    image_url: { url: `data:${imageFacts(data)?.type ?? 'image/png'};base64,${data}` },
  }));
  return { role, content: [...pictures, { type: 'text', text: content }] };
}

type Question = ServerNamed & { key: string | undefined; body: object; signal: AbortSignal };

async function* answerLines({ key, body, signal, ...at }: Question): AsyncGenerator<ServerLine, void> {
  const response = await askRaw(`${at.address}/v1/chat/completions`, { signal, key, body });
  if (!response.ok || response.body === null) throw new ServerError(response.status, await errorText(response));
  const over = { done: false };
  let reason: 'stop' | 'length' | undefined;
  let wrote = false;
  const told: Pick<ChatEvent, 'usage' | 'timings'> = {};
  for await (const json of serverEvents(response.body, over)) {
    const event = understood(json);
    if (event.error !== undefined && event.error !== null)
      throw new ServerError(200, errorWords(event.error) ?? 'The server met an error.');
    told.usage = event.usage ?? told.usage;
    told.timings = event.timings ?? told.timings;
    const choice = event.choices?.[0];
    if (choice?.finish_reason != null) reason = choice.finish_reason === 'length' ? 'length' : 'stop';
    const { content, reasoning_content: thought, reasoning } = choice?.delta ?? {};
    const said = { text: content ?? '', thinking: thought ?? reasoning ?? '' };
    if (said.text !== '' || said.thinking !== '') {
      wrote = true;
      yield said;
    } else if (event.prompt_progress !== undefined) yield { ...said, reading: true };
  }
  // not every server says [DONE], but each says why it ended
  if (reason === undefined) {
    if (over.done) reason = 'stop';
    else throw brokeOff(at.server);
  }
  const { usage, timings } = told;
  // the token that ends a turn is counted, where nothing was written too
  const tokens = wrote ? usage?.completion_tokens : 0;
  const end = { reason, tokens, promptTokens: usage?.prompt_tokens, tokensPerSecond: timings?.predicted_per_second };
  yield { text: '', thinking: '', end };
}

/** What is left out of an answer is worse than an answer that fails. */
function understood(json: unknown): ChatEvent {
  const { data } = chatEvent.safeParse(json);
  if (data === undefined) throw new ServerError(200, 'An event of the stream is not understood.');
  return data;
}

async function errorText(response: Response): Promise<string> {
  const text = (await shortText(response)) ?? '';
  try {
    return errorWords(JSON.parse(text)) ?? text.slice(0, maxError);
  } catch {
    // Not JSON: a proxy's page, perhaps. The text itself will do.
    return text.slice(0, maxError) || `status ${response.status}`;
  }
}
