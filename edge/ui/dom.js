// Preact with htm's template strings: html`<p>${text}</p>`. Text is always text, never markup.
import { Component, h, render } from './vendor/preact.mjs';
import htm from './vendor/htm.mjs';

export const html = htm.bind(h);
export { Component, render };
