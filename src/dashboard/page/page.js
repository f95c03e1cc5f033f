// @ts-check
// The page: asks the server what there is to show, makes a panel for each, and follows the feed, again and again if the
// connection breaks. A new kind of panel is a new entry in `panelOf`.

/** @import { Action, Panel } from '../source.js' */
import { actionsPanel } from './actions.js';
import { DetailDialog } from './detail.js';
import { byId, setText } from './dom.js';
import { Figures } from './figures.js';
import { Log } from './log.js';
import { Messages } from './messages.js';
import { Plot } from './plots.js';
import { question, readEvents, Refusal, token } from './server.js';
import { Table } from './tables.js';
import { askToken, tokenButton } from './token.js';

const silenceMs = 10_000;
const retryMsMin = 500;
const retryMsMax = 5000;

const connection = byId('connection', HTMLElement);
const main = byId('panels', HTMLElement);
const detail = new DetailDialog();

/** @type {Plot[]} */
const plots = [];
/** @type {Figures[]} */
const figures = [];
/** @type {Map<string, Log>} */
const logs = new Map();
let layoutJson = '';
/** Those that may be used now. @type {readonly Action[]} */
let actions = [];

/** @param {Panel} panel */
function panelOf(panel) {
  switch (panel.kind) {
    case 'figures': {
      const made = new Figures(panel);
      figures.push(made);
      return made;
    }
    case 'plot': {
      const made = new Plot(panel);
      plots.push(made);
      return made;
    }
    case 'log': {
      const made = new Log(panel);
      logs.set(panel.id, made);
      return made;
    }
    case 'table': return new Table(panel, (key) => detail.open(panel, key, actions.filter(({ ofTable }) => ofTable === panel.id)));
    case 'messages': return new Messages(panel);
  }
}

/** @param {{ title: string, panels: Panel[], actions: Action[] }} layout */
function build(layout) {
  const json = JSON.stringify(layout);
  if (json === layoutJson) return;
  // A server of another version is there now: its page may be another, too.
  if (layoutJson !== '') return location.reload();
  layoutJson = json;
  document.title = layout.title;
  setText(byId('title', HTMLElement), layout.title);
  main.append(...layout.panels.map((panel) => panelOf(panel).section));
  if (layout.actions.length > 0) tokenButton(() => allow(layout.actions));
}

/** @param {readonly Action[]} allowed */
function allow(allowed) {
  if (actions.length > 0) return;
  actions = allowed;
  main.append(actionsPanel(allowed.filter(({ ofTable }) => ofTable === undefined)));
}

/** @param {string} name @param {any} data */
function take(name, data) {
  if (name === 'begin') {
    say('live', 'live');
    for (const plot of plots) plot.begin(data.history, data.samplesMax);
    for (const [id, log] of logs) log.begin(data.logs[id] ?? []);
  } else {
    for (const plot of plots) plot.add(data.timeMs, data.sample);
    for (const [id, lines] of Object.entries(data.logs)) logs.get(id)?.add(lines);
  }
  for (const one of figures) one.show(data.figures);
}

/** @param {'live' | 'lost' | 'waiting'} state @param {string} text */
function say(state, text) {
  connection.dataset.state = state;
  setText(connection, text);
}

async function followForEver() {
  let retryMs = retryMsMin;
  for (;;) {
    await untilVisible();
    const hiding = new AbortController();
    const hidden = () => { if (document.hidden) hiding.abort(); };
    document.addEventListener('visibilitychange', hidden);
    try {
      build(await question('layout'));
      await readEvents('feed', hiding.signal, (name, data) => {
        retryMs = retryMsMin;
        take(name, data);
      }, silenceMs);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.status === 401) {
        say('waiting', 'waiting for the token');
        await askToken(token() === '' ? 'Whoever looks at this dashboard needs its token.' : 'The token is not right any more.');
        continue;
      }
      if (thrown instanceof Refusal) say('lost', `${thrown.message}. Trying again…`);
    } finally {
      document.removeEventListener('visibilitychange', hidden);
    }
    if (hiding.signal.aborted) continue;
    if (connection.dataset.state !== 'lost') say('lost', 'The connection is lost. Trying again…');
    await new Promise((resolve) => { setTimeout(resolve, retryMs); });
    retryMs = Math.min(retryMs * 2, retryMsMax);
  }
}

/** A page that nobody sees costs the server nothing. */
function untilVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => { document.addEventListener('visibilitychange', resolve, { once: true }); });
}

void followForEver();
