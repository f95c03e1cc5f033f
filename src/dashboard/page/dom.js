// @ts-check
// Elements made of names and texts. Text is only ever set as text, never as markup: what peers choose (client
// identifiers, topics, payloads) cannot become a part of the page.

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | boolean | EventListener | undefined>} [properties] attributes; functions are listeners, `text` is the text
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (key === 'text') element.textContent = String(value);
    else if (value === true) element.setAttribute(key, '');
    else if (typeof value === 'string') element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/**
 * The element of the page's own markup with this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} "${id}"`);
}

/** Sets a text only if it is another: most values have not changed. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A panel: a section with its heading. @param {string} title @param {string} kind @param {...Node} children */
export function section(title, kind, ...children) {
  const heading = make('h2', { text: title });
  heading.id = `heading-${++sections}`;
  return make('section', { class: kind, 'aria-labelledby': heading.id }, heading, ...children);
}

let sections = 0;
