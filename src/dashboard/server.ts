/*
 * The dashboard's HTTP server: the page's files, and what the page asks for. All of it is described in README.md,
 * "HTTP endpoints". Must not know what the source shows.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, addressOf, guardingHeaders, isFromElsewhere, namesThisMachine, Token } from './access.js';
import { Feed, viewersMax } from './feed.js';
import { readPageFiles } from './page-files.js';
import { type Action, ActionError, type DashboardSource } from './source.js';
import { TableViews } from './table-view.js';

export interface DashboardOptions {
  /** Default 127.0.0.1. An address that other machines reach needs a token. */
  readonly host?: string;
  /** 0 takes a free port, told in the answer. Default 9235. */
  readonly port?: number;
  /** Lets whoever has it act: at least 16 characters. Without it the dashboard only shows. */
  readonly token?: string;
}

export const defaultPort = 9235;
/** A browser opens six at most. */
const connectionsMax = 200;

export interface DashboardServer {
  readonly host: string;
  readonly port: number;
  /** To be opened in a browser. */
  readonly url: string;
  /** Resolves when the port is free again and nothing is left behind. */
  close(): Promise<void>;
}

/** Rejects with a DashboardOptionError, or with the socket's error if the address is in use or not allowed. */
export async function serveSource(source: DashboardSource, { host = '127.0.0.1', port = defaultPort, token }: DashboardOptions = {}): Promise<DashboardServer> {
  const address = await addressOf(host, token);
  const routes = new Routes(source, address, token === undefined ? undefined : new Token(token));
  const server = createServer((request, response) => void routes.answer(request, response));
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host: address.host, port }, resolve));
  try {
    routes.start();
  } catch (thrown) {
    await new Promise((resolve) => server.close(resolve));
    throw thrown;
  }
  const bound = server.address() as AddressInfo;
  const shownHost = ['0.0.0.0', '::'].includes(bound.address) ? '127.0.0.1' : bound.address;
  return {
    host: bound.address,
    port: bound.port,
    url: `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${bound.port}/`,
    close: () => new Promise((resolve) => {
      routes.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** What is wrong with a request, and its status. */
class RequestError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const bodyBytesMax = 300_000;
const fieldCharactersMax = 262_144;

class Routes {
  private readonly files = readPageFiles();
  private readonly tables: TableViews;
  private feed: Feed | undefined;

  constructor(private readonly source: DashboardSource, private readonly address: Address, private readonly token: Token | undefined) {
    this.tables = new TableViews(source);
  }

  /** Measures from now on: the server listens. */
  start(): void {
    this.feed = new Feed(this.source);
  }

  stop(): void {
    this.feed?.stop();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(guardingHeaders)) response.setHeader(name, value);
    try {
      const url = new URL(request.url ?? '/', 'http://dashboard');
      if (this.address.isLoopback && !namesThisMachine(request.headers.host)) {
        throw new RequestError(403, `the Host header is "${request.headers.host ?? ''}", but this dashboard is only for localhost`);
      }
      if (url.pathname !== '/' && isFromElsewhere(request)) throw new RequestError(403, 'a page of another site may not ask here');
      if (request.method === 'POST') await this.post(url, request, response);
      else if (request.method === 'GET' || request.method === 'HEAD') this.get(url, request, response);
      else throw new RequestError(405, `${request.method} is not among the methods GET, HEAD and POST`);
    } catch (thrown) {
      if (response.headersSent) response.destroy();
      else if (thrown instanceof RequestError) sendJson(response, thrown.status, { error: thrown.message });
      else sendJson(response, 500, { error: `the dashboard failed: ${String(thrown)}` });
    }
  }

  private get(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const file = this.files.get(url.pathname);
    if (file !== undefined) {
      response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length, 'Cache-Control': 'no-cache' });
      response.end(request.method === 'HEAD' ? undefined : file.bytes);
      return;
    }
    if (request.method === 'HEAD') throw new RequestError(405, 'HEAD is for the page only');
    const asked = this.questions[url.pathname];
    if (asked === undefined) throw new RequestError(404, `there is nothing at ${url.pathname}`);
    // Whom this machine lets in may look; from elsewhere only the token says who somebody is.
    if (!this.address.isLoopback && !this.holdsToken(request)) throw new RequestError(401, 'the token is missing or wrong');
    asked(url.searchParams, response);
  }

  private readonly questions: Readonly<Record<string, (query: URLSearchParams, response: ServerResponse) => void>> = {
    '/layout': (_, response) => sendJson(response, 200, this.layout()),
    '/feed': (_, response) => this.openFeed().follow(response),
    '/messages': (query, response) => {
      try {
        this.openFeed().followMessages(query.get('filter') ?? '', response);
      } catch (thrown) {
        throw thrown instanceof RangeError ? new RequestError(400, thrown.message) : thrown;
      }
    },
    '/table': (query, response) => {
      const panel = this.table(query);
      const sortColumn = query.get('sort') ?? panel.sortColumn;
      if (!panel.columns.some(({ id }) => id === sortColumn)) throw new RequestError(400, `sort is "${sortColumn}"; it must be one of ${panel.columns.map(({ id }) => id).join(', ')}`);
      const descending = query.get('order') === null ? panel.sortDescending : query.get('order') === 'down';
      sendJson(response, 200, this.tables.view(panel, { sortColumn, descending, filter: query.get('filter') ?? '' }));
    },
    '/detail': (query, response) => {
      const panel = this.table(query);
      const detail = panel.hasDetail ? this.source.detail(panel.id, query.get('key') ?? '') : undefined;
      if (detail === undefined) throw new RequestError(404, `there is no such ${panel.noun} any more`);
      sendJson(response, 200, detail);
    },
  };

  private openFeed(): Feed {
    if (this.feed === undefined) throw new RequestError(503, 'the dashboard is just starting');
    if (this.feed.isFull) throw new RequestError(503, `${viewersMax} streams are open, and more are not served; close other pages of this dashboard`);
    return this.feed;
  }

  private table(query: URLSearchParams) {
    const id = query.get('panel') ?? '';
    for (const panel of this.source.panels) if (panel.kind === 'table' && panel.id === id) return panel;
    throw new RequestError(404, `there is no table "${id}"`);
  }

  private layout(): unknown {
    const { title, panels, actions } = this.source;
    const offered = this.token === undefined ? [] : actions.map(({ id, label, fields, ofTable, question }) => ({ id, label, fields, ofTable, question }));
    return { title, panels, actions: offered };
  }

  private holdsToken(request: IncomingMessage): boolean {
    return this.token?.isGivenBy(request) === true;
  }

  /** `/token` tells whether the token is right, `/action/<id>` does something. */
  private async post(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const actionId = /^\/action\/(.+)$/.exec(url.pathname)?.[1];
    const action = this.source.actions.find(({ id }) => id === actionId);
    if (this.token === undefined || (action === undefined && url.pathname !== '/token')) {
      const why = this.token === undefined ? ': this dashboard has no token, so it only shows' : '';
      throw new RequestError(404, `there is nothing to do at ${url.pathname}${why}`);
    }
    if (!this.holdsToken(request)) throw new RequestError(403, 'the token is missing or wrong');
    if (action === undefined) {
      response.writeHead(204).end();
      return;
    }
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw new RequestError(415, 'the Content-Type must be application/json');
    const values = valuesOf(action, await bodyOf(request));
    try {
      const done = action.run(values);
      this.tables.forget();
      sendJson(response, 200, { done });
    } catch (thrown) {
      throw thrown instanceof ActionError ? new RequestError(422, thrown.message) : thrown;
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new RequestError(413, `the body has more than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The fields of an action, and nothing else. */
function valuesOf(action: Action, body: string): Record<string, string> {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    throw new RequestError(400, 'the body is not JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new RequestError(400, 'the body must be an object of texts');
  const values: Record<string, string> = {};
  for (const { id, kind, choices, value } of action.fields) {
    const found = Object.hasOwn(given, id) ? (given as Record<string, unknown>)[id] : value ?? '';
    if (typeof found !== 'string' || found.length > fieldCharactersMax) throw new RequestError(400, `"${id}" must be a text of at most ${fieldCharactersMax} characters`);
    const allowed = kind === 'check' ? ['true', 'false', ''] : choices;
    if (allowed?.includes(found) === false) throw new RequestError(400, `"${id}" is "${found}"; it must be one of ${allowed.join(', ')}`);
    values[id] = found;
  }
  return values;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const headers: Record<string, string> = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  // The rest of a body that is not wanted is not waited for.
  if (status === 413) headers.Connection = 'close';
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}
