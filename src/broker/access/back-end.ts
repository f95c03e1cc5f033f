/*
 * Questions to a back end over HTTP: may this client connect, publish, subscribe? One POST with JSON each, an answer in
 * JSON (README.md beside this file). Answers are kept for a while; a back end that fails, is slow or says anything else
 * than an answer allows nothing. Knows nothing of MQTT connections.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface BackEndOptions {
  /** http: or https:, user and password in it are sent as Basic authentication. */
  readonly url: string;
  /** From the question to the last byte of the answer, 1 to 60000 ms. */
  readonly timeoutMs: number;
  /** How long an answer is kept that does not say so itself, 0 to 86400 s. */
  readonly cacheSeconds: number;
}

export interface BackEndAnswer {
  readonly allow: boolean;
  readonly reasonString?: string;
}

export type Question = Readonly<Record<string, string | number | boolean | null>>;

export interface BackEndStats {
  requests: number;
  /** Questions answered from what was kept. */
  kept: number;
  failures: number;
}

interface Kept {
  readonly answer: BackEndAnswer;
  readonly untilMs: number;
}

const answerBytesMax = 64 * 1024;
const keptMax = 20_000;
const cacheSecondsMax = 86_400;
/** Connections to the back end, and questions that wait for one. */
const socketsMax = 16;
const waitingMax = 2000;

export class BackEnd {
  readonly stats: BackEndStats = { requests: 0, kept: 0, failures: 0 };
  private readonly keepKey = randomBytes(32);
  private readonly kept = new Map<string, Kept>();
  private readonly asked = new Map<string, Promise<BackEndAnswer>>();
  private readonly agent: HttpAgent;
  private readonly url: URL;

  /** `failed` hears, in words, of every question without an answer. */
  constructor(
    private readonly options: BackEndOptions,
    private readonly failed: (reason: string) => void,
  ) {
    this.url = new URL(options.url);
    const settings = { keepAlive: true, maxSockets: socketsMax };
    this.agent = this.url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /** At once if the answer is still kept. Rejects if there is none: then nothing is allowed. */
  ask(question: Question): BackEndAnswer | Promise<BackEndAnswer> {
    const body = JSON.stringify(question);
    // The password is part of the question, and must not lie in memory longer than the question.
    const key = createHmac('sha256', this.keepKey).update(body).digest('base64');
    const kept = this.kept.get(key);
    if (kept !== undefined && kept.untilMs > performance.now()) {
      this.stats.kept++;
      return kept.answer;
    }
    this.kept.delete(key);
    let asked = this.asked.get(key);
    if (asked === undefined) {
      asked = this.post(key, body).finally(() => this.asked.delete(key));
      this.asked.set(key, asked);
    }
    return asked;
  }

  /** Forgets all answers: after this everything is asked anew. */
  forget(): void {
    this.kept.clear();
  }

  /** Closes when everything that has been asked is answered. */
  retire(): void {
    void Promise.allSettled(this.asked.values()).then(() => { this.close(); });
  }

  close(): void {
    this.agent.destroy();
  }

  private async post(key: string, body: string): Promise<BackEndAnswer> {
    this.stats.requests++;
    try {
      if (this.asked.size >= waitingMax) throw new Error(`${waitingMax} questions wait for an answer already`);
      const text = await this.exchange(body);
      const { answer, cacheSeconds } = answerOf(text, this.options.cacheSeconds);
      if (cacheSeconds > 0) {
        if (this.kept.size >= keptMax) this.kept.delete(this.kept.keys().next().value!);
        this.kept.set(key, { answer, untilMs: performance.now() + cacheSeconds * 1000 });
      }
      return answer;
    } catch (thrown) {
      this.stats.failures++;
      this.failed(thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
  }

  private exchange(body: string): Promise<string> {
    const { timeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const start = this.url.protocol === 'https:' ? httpsRequest : httpRequest;
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const request = start(this.url, { method: 'POST', agent: this.agent, headers });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        end();
      };
      request.on('error', (error) => settle(() => reject(error)));
      request.on('response', (response) => {
        textOf(response).then((text) => settle(() => resolve(text)), (error: Error) => {
          request.destroy();
          settle(() => reject(error));
        });
      });
      request.end(body);
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) throw new Error(`the status is ${response.statusCode}, an answer has status 200`);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > answerBytesMax) throw new Error(`the answer has more than ${answerBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function answerOf(text: string, cacheSecondsDefault: number): { answer: BackEndAnswer; cacheSeconds: number } {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('the answer is not JSON');
  }
  if (typeof given !== 'object' || given === null) throw new Error('the answer is no JSON object');
  const { allow, cacheSeconds = cacheSecondsDefault, reasonString } = given as Record<string, unknown>;
  if (typeof allow !== 'boolean') throw new Error('the answer has no "allow" that is true or false');
  if (typeof cacheSeconds !== 'number' || !(cacheSeconds >= 0 && cacheSeconds <= cacheSecondsMax)) {
    throw new Error(`"cacheSeconds" of the answer is ${JSON.stringify(cacheSeconds)}, it must be a number from 0 to ${cacheSecondsMax}`);
  }
  if (reasonString !== undefined && (typeof reasonString !== 'string' || Buffer.byteLength(reasonString) > 1024 || reasonString.includes('\0'))) {
    throw new Error('"reasonString" of the answer must be a text of at most 1024 bytes');
  }
  return { answer: reasonString === undefined ? { allow } : { allow, reasonString }, cacheSeconds };
}
