// @ts-check
// What somebody with the token may do: forms, and buttons for one row.

/** @import { Action, ActionField } from '../source.js' */
import { make, section } from './dom.js';
import { act } from './server.js';

/** Does it and says what came of it. @param {Action} action @param {Record<string, string>} values @param {(text: string) => void} say */
async function perform(action, values, say) {
  say('…');
  try {
    say(await act(action.id, values));
  } catch (thrown) {
    say(`Not done: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** A button for a row. @param {Action} action @param {string} key @param {(text: string) => void} say */
export function actionButton(action, key, say) {
  return make('button', { type: 'button', text: action.label, click: () => {
    if (action.question !== undefined && !confirm(action.question.replace('{}', () => key))) return;
    void perform(action, { [action.fields[0].id]: key }, say);
  } });
}

/** A panel with a form for each action that is of no table. @param {readonly Action[]} actions */
export function actionsPanel(actions) {
  return section('Actions', 'actions-panel', make('div', { class: 'forms' }, ...actions.map(formOf)));
}

/** @param {Action} action */
function formOf(action) {
  const fields = action.fields.map((field) => ({ id: field.id, input: inputOf(field), label: field.label }));
  const said = make('p', { class: 'note', role: 'status' });
  return make('form', { class: 'action', submit: (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map(({ id, input }) => [id, input instanceof HTMLInputElement && input.type === 'checkbox' ? String(input.checked) : input.value]));
    void perform(action, values, (text) => { said.textContent = text; });
  } }, make('h3', { text: action.label }), ...fields.map(({ input, label }) => make('label', {}, make('span', { text: label }), input)),
    make('p', { class: 'buttons' }, make('button', { type: 'submit', text: action.label })), said);
}

/** @param {ActionField} field */
function inputOf({ id, kind, choices = [], value = '' }) {
  if (kind === 'choice') return make('select', { name: id }, ...choices.map((text) => make('option', { value: text, text, selected: text === value })));
  if (kind === 'check') return make('input', { type: 'checkbox', name: id });
  if (kind === 'long text') return make('textarea', { name: id, rows: '3', spellcheck: 'false' });
  return make('input', { type: 'text', name: id, value, required: true, spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
}
