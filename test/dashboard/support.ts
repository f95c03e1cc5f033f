/*
 * What the dashboard's tests share: HTTP requests with any header, streams of events read one by one, and a broker with a
 * dashboard that ends with the test.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { BrokerOptions, DashboardOptions, DashboardServer } from '../../src/broker/index.js';
import { serveDashboard } from '../../src/broker/index.js';
import { type RawClient, withBroker, type World } from '../broker/support.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function open(port: number, path: string, { method = 'GET', headers = {}, body }: Ask): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve).once('error', reject)
      // As bytes: a text would be joined to the headers, and both written as UTF-8.
      .end(body === undefined ? undefined : Buffer.from(body));
  });
}

export async function ask(port: number, path: string, options: Ask = {}): Promise<Answer> {
  const response = await open(port, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** The JSON of an answer. */
export async function askJson<Body>(port: number, path: string, options: Ask = {}): Promise<Body> {
  return JSON.parse((await ask(port, path, options)).body) as Body;
}

/** Does an action, with the JSON that the page would send. */
export function act(port: number, id: string, token: string, values: unknown): Promise<Answer> {
  return ask(port, `/action/${id}`, {
    method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(values),
  });
}

/** Events of a stream in their order. */
export class EventStream {
  private text = '';
  private isEnded = false;
  private wake: () => void = () => undefined;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
      this.wake();
    });
    response.on('error', () => undefined).on('close', () => {
      this.isEnded = true;
      this.wake();
    });
  }

  static async open(port: number, path: string, options: Ask = {}): Promise<EventStream> {
    return new EventStream(await open(port, path, options));
  }

  /** The data of the next event of this name; others are passed over. Undefined at the end of the stream. */
  async next<Data>(name: string): Promise<Data | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const [event, data] = this.text.slice(0, end).split('\n');
        this.text = this.text.slice(end + 2);
        if (event === `event: ${name}`) return JSON.parse(data.slice('data: '.length)) as Data;
      } else if (this.isEnded) return undefined;
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  close(): void {
    this.response.destroy();
  }
}

export interface Watched extends Omit<World, 'join'> {
  readonly join: (...args: Parameters<World['join']>) => Promise<RawClient>;
  readonly dashboard: DashboardServer;
  readonly dashboardPort: number;
}

/** A broker with a dashboard on a free port. */
export function withDashboard(options: DashboardOptions, run: (world: Watched) => Promise<void>, brokerOptions: BrokerOptions = {}): Promise<void> {
  return withBroker(brokerOptions, async (world) => {
    const dashboard = await serveDashboard(world.broker, { port: 0, ...options });
    try {
      await run({ ...world, dashboard, dashboardPort: dashboard.port });
    } finally {
      await dashboard.close();
    }
  });
}

/** Client identifiers, topics and payloads that would be markup or scripts if anybody took them for that. */
export const hostileTexts: readonly string[] = [
  '<img src=x onerror="window.harmed=1">',
  '<script>window.harmed=1</script>',
  '"><svg onload=window.harmed=1>',
  "'; window.harmed=1; //",
  'javascript:window.harmed=1',
  '</pre></li></ol><iframe srcdoc="<script>parent.harmed=1</script>">',
  '&lt;b&gt; \u202e\u0001\u2028 ${window.harmed=1} {{window.harmed=1}}',
  '__proto__',
];
