// Markdown from a model or a person to safe HTML: marked makes it, DOMPurify decides what stays.
//
// HTML inside it is shown as the text that it is, but for line breaks and small letters: so no
// foreign markup is even parsed, and a policy violation on the console means a real attack.
// Nothing that runs, loads or looks like a part of the page survives: no scripts, styles, images,
// forms, ids or classes. Links open elsewhere and tell the other side nothing.
import { Marked } from './vendor/marked.mjs';
import './vendor/purify.js';

const kRules = {
  ALLOWED_TAGS: [
    'p', 'br', 'hr', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'strong', 'em', 'del', 'code', 'pre',
    'blockquote', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'sup', 'sub',
  ],
  ALLOWED_ATTR: ['href', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

// Headings of an answer stand below the headings of the page.
const kHeadingShift = 2;
const kHeadingMax = 6;

const kHarmless = /^<\/?(?:br|sub|sup)\s*\/?>$/i;
const kEntities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const marked = new Marked({
  gfm: true,
  renderer: {
    html({ text }) {
      return kHarmless.test(text.trim()) ? text : text.replace(/[&<>"]/g, (c) => kEntities[c]);
    },
  },
  walkTokens(token) {
    if (token.type === 'heading') token.depth = Math.min(kHeadingMax, token.depth + kHeadingShift);
  },
});

const purify = globalThis.DOMPurify;
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A' || !node.hasAttribute('href')) return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** @param {string} text @returns {string} HTML that may be put into the page */
export function toSafeHtml(text) {
  return purify.sanitize(marked.parse(text), kRules);
}
