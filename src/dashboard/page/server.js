// @ts-check
// What the page asks of its server: questions, streams of events, actions. The token goes in a header, never in a URL.

const tokenKey = 'midge dashboard token';

/** A refusal in the server's words. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Kept until the tab is closed. */
export function token() {
  return sessionStorage.getItem(tokenKey) ?? '';
}

/** @param {string} text */
export function keepToken(text) {
  if (text === '') sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, text);
}

/** Headers hold bytes: the token's UTF-8. @param {string} text @returns {Record<string, string>} */
function authorization(text) {
  if (text === '') return {};
  return { Authorization: `Bearer ${Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')}` };
}

/** @param {string} path @param {RequestInit & { headers?: Record<string, string> }} options */
async function ask(path, options = {}) {
  const response = await fetch(path, { cache: 'no-store', ...options });
  if (response.ok) return response;
  const body = /** @type {{ error?: string }} */ (await response.json().catch(() => ({})));
  throw new Refusal(response.status, body.error ?? `the server answered ${response.status}`);
}

/** @param {string} path @param {Record<string, string>} query @returns {Promise<any>} */
export async function question(path, query = {}) {
  return (await ask(`${path}?${new URLSearchParams(query)}`, { headers: authorization(token()), signal: AbortSignal.timeout(10_000) })).json();
}

/** Whether a token is the right one. @param {string} text */
export async function isToken(text) {
  try {
    await ask('token', { method: 'POST', headers: authorization(text) });
    return true;
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.status === 403) return false;
    throw thrown;
  }
}

/** Does something, and returns what was done. @param {string} id @param {Record<string, string>} values @returns {Promise<string>} */
export async function act(id, values) {
  const headers = { ...authorization(token()), 'Content-Type': 'application/json' };
  const response = await ask(`action/${id}`, { method: 'POST', headers, body: JSON.stringify(values) });
  return /** @type {{ done: string }} */ (await response.json()).done;
}

/**
 * Reads a stream of events until it ends or `signal` ends it. A stream that says nothing for `silenceMs` is given up.
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(name: string, data: any) => void} onEvent
 * @param {number} [silenceMs]
 */
export async function readEvents(path, signal, onEvent, silenceMs = Infinity) {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    if (silenceMs < Infinity) timer = setTimeout(() => silence.abort(), silenceMs);
  };
  heard();
  try {
    const response = await ask(path, { headers: authorization(token()), signal: AbortSignal.any([signal, silence.signal]) });
    if (response.body === null) return;
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      heard();
      const events = (rest + part.value).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const [name, data] = event.split('\n', 2);
        onEvent(name.replace('event: ', ''), JSON.parse(data.replace('data: ', '')));
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
