// @ts-check
// The dialog that asks for the token, and the button that opens it.

import { byId } from './dom.js';
import { isToken, keepToken, token } from './server.js';

const dialog = byId('token', HTMLDialogElement);
const input = byId('token-input', HTMLInputElement);
const fault = byId('token-fault', HTMLElement);
const button = byId('enter-token', HTMLButtonElement);

byId('token-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());

/** Asks until a right one is entered, or nobody wants to. Whether there is one. @param {string} why @returns {Promise<boolean>} */
export function askToken(why) {
  byId('token-why', HTMLElement).textContent = why;
  fault.textContent = '';
  input.value = '';
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(token() !== '');
    dialog.onsubmit = (event) => {
      event.preventDefault();
      void tryToken(input.value);
    };
  });
}

/** @param {string} text */
async function tryToken(text) {
  try {
    if (await isToken(text)) {
      keepToken(text);
      dialog.close();
    } else fault.textContent = 'That is not the token.';
  } catch (thrown) {
    fault.textContent = `It could not be tried: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** Offers to enter the token; calls back when there is a right one. @param {() => void} allow */
export function tokenButton(allow) {
  button.hidden = false;
  button.onclick = async () => {
    if (await askToken('With the token you may act: disconnect, delete, publish.')) accept();
  };
  const accept = () => {
    button.hidden = true;
    allow();
  };
  if (token() !== '') void isToken(token()).then((isRight) => { if (isRight) accept(); else keepToken(''); });
}
