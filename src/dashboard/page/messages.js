// @ts-check
// Messages as they pass, the latest first. The server sends a few of them a second and says how many it left out.

/** @import { MessagesPanel } from '../source.js' */
import { make, section, setText } from './dom.js';
import { forms, payloadText } from './payload.js';
import { readEvents } from './server.js';
import { bytesText, timeText } from './values.js';

/** @typedef {{ atMs: number, publisherId: string, topic: string, qos: number, retain: boolean, size: number, bytes: string, cbor?: string }} Message */

const messagesMax = 200;
const retryMs = 2000;

export class Messages {
  /** @param {MessagesPanel} panel */
  constructor(panel) {
    this.filter = make('input', { type: 'text', name: 'filter', value: '#', required: true, spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
    this.watchButton = make('button', { type: 'submit', text: 'Watch' });
    this.pauseButton = make('button', { type: 'button', text: 'Pause', disabled: true, 'aria-pressed': 'false', click: () => this.pause() });
    this.form = make('select', { name: 'form', change: () => this.showAgain() }, ...Object.entries(forms).map(([value, text]) => make('option', { value, text })));
    const controls = make('form', { class: 'controls', submit: (event) => { event.preventDefault(); this.toggle(); } },
      make('label', {}, 'Topic filter ', this.filter), this.watchButton, this.pauseButton, make('label', {}, 'Show ', this.form));
    this.state = make('p', { class: 'note', role: 'status', text: 'Choose a topic filter and press Watch.' });
    this.counts = make('p', { class: 'note' });
    this.list = make('ol', { class: 'messages', tabindex: '0', 'aria-label': 'Messages, the latest first' });
    this.section = section(panel.title, 'messages-panel', controls, this.state, this.counts, this.list);
    /** @type {Map<Element, Message>} */
    this.shown = new Map();
    /** @type {AbortController | undefined} */
    this.watching = undefined;
    this.isPaused = false;
    this.wasWatching = false;
    this.seen = 0;
    this.leftOut = 0;
    document.addEventListener('visibilitychange', () => this.visibilityChanged());
  }

  reset() {
    this.seen = 0;
    this.leftOut = 0;
    this.list.replaceChildren();
    this.shown.clear();
    setText(this.counts, '');
  }

  toggle() {
    if (this.watching !== undefined) this.stop('Stopped.');
    else void this.watch(true);
  }

  /** @param {string} why */
  stop(why) {
    this.watching?.abort();
    this.watching = undefined;
    this.watchButton.textContent = 'Watch';
    this.filter.disabled = false;
    this.pauseButton.disabled = true;
    if (this.isPaused) this.pause();
    setText(this.state, why);
  }

  /** A page that nobody sees costs the server nothing. */
  visibilityChanged() {
    if (document.hidden && this.watching !== undefined) {
      this.stop('Stopped while the page was hidden.');
      this.wasWatching = true;
    } else if (!document.hidden && this.wasWatching) {
      this.wasWatching = false;
      void this.watch(false);
    }
  }

  /** @param {boolean} afresh */
  async watch(afresh) {
    const watching = new AbortController();
    this.watching = watching;
    if (afresh) this.reset();
    this.watchButton.textContent = 'Stop';
    this.filter.disabled = true;
    this.pauseButton.disabled = false;
    const filter = this.filter.value;
    while (!watching.signal.aborted) {
      try {
        await readEvents(`messages?${new URLSearchParams({ filter })}`, watching.signal, (name, data) => {
          if (name === 'watching') setText(this.state, `Watching ${filter}`);
          else this.take(data);
        });
      } catch (thrown) {
        if (watching.signal.aborted) return;
        if (thrown instanceof Error && 'status' in thrown) return this.stop(thrown.message);
      }
      if (watching.signal.aborted) return;
      setText(this.state, 'The connection is lost. Trying again…');
      await new Promise((resolve) => { setTimeout(resolve, retryMs); });
    }
  }

  pause() {
    this.isPaused = !this.isPaused;
    this.pauseButton.setAttribute('aria-pressed', String(this.isPaused));
    this.pauseButton.textContent = this.isPaused ? 'Go on' : 'Pause';
  }

  /** @param {{ messages: Message[], leftOut: number }} batch */
  take({ messages, leftOut }) {
    this.seen += messages.length + leftOut;
    this.leftOut += leftOut;
    if (this.isPaused) this.leftOut += messages.length;
    else {
      for (const message of messages) {
        const item = this.item(message);
        this.shown.set(item, message);
        this.list.prepend(item);
      }
      for (let last = this.list.lastElementChild; last !== null && this.list.childElementCount > messagesMax; last = this.list.lastElementChild) {
        this.shown.delete(last);
        last.remove();
      }
    }
    setText(this.counts, `${this.seen.toLocaleString('en')} messages since the start, ${this.leftOut.toLocaleString('en')} of them not shown: at most 48 a second are.`);
  }

  /** @param {Message} message */
  item(message) {
    const { atMs, publisherId, topic, qos, retain, size } = message;
    const head = make('p', {}, make('time', { text: timeText(atMs) }), ' ', make('b', { class: 'topic', text: topic }), ' ',
      make('span', { class: 'badge', text: `QoS ${qos}` }), ...retain ? [' ', make('span', { class: 'badge', text: 'retained' })] : [],
      ' ', make('span', { class: 'faint', text: `${bytesText(size)} from ${publisherId === '' ? 'the broker' : publisherId}` }));
    return make('li', {}, head, this.payload(message));
  }

  /** @param {Message} message */
  payload(message) {
    const { form, text } = payloadText(message, /** @type {import('./payload.js').Form} */ (this.form.value));
    return make('pre', { text, 'data-form': form, title: forms[form] });
  }

  showAgain() {
    for (const [item, message] of this.shown) item.lastElementChild?.replaceWith(this.payload(message));
  }
}
