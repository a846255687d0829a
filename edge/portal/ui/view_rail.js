// History with search and paging, the connection's state, and the phone's bottom bar.
import { html } from '/ui/dom.js';
import { isFinal, agreement } from './state.js';
import { t } from './strings.js';

const kDayMs = 86_400_000;

export function dotOf(prompt) {
  if (prompt.status === 'PENDING') return 'wait';
  if (prompt.status === 'PROCESSING') return 'run';
  if (prompt.status === 'FAILED') return 'fail';
  if (prompt.status === 'CANCELLED') return 'off';
  return agreement(prompt) === 'split' ? 'split' : '';
}

function dayOf(ms, nowMs) {
  const midnight = new Date(nowMs).setHours(0, 0, 0, 0);
  if (ms >= midnight) return t.today;
  if (ms >= midnight - kDayMs) return t.yesterday;
  return new Date(ms).toLocaleDateString(t.lang, { weekday: 'long', day: 'numeric', month: 'long' });
}

function timeOf(prompt, nowMs) {
  const created = Date.parse(prompt.createdAt);
  if (!isFinal(prompt)) return `${Math.max(0, Math.round((nowMs - created) / 1000))} s`;
  return new Date(created).toLocaleTimeString(t.lang, { hour: 'numeric', minute: '2-digit', hourCycle: 'h23' });
}

// Up, Down, Home and End walk through the list.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined) return;
  const items = [...event.currentTarget.querySelectorAll('.item')];
  const at = items.indexOf(document.activeElement);
  const next = Math.min(items.length - 1, Math.max(0, at + step));
  items[next]?.focus();
  event.preventDefault();
}

function Item({ prompt, state, actions }) {
  return html`
    <li><a class="item" href=${`#${prompt.id}`} aria-current=${state.selected === prompt.id ? 'true' : undefined}
        onClick=${(event) => { event.preventDefault(); actions.open(prompt.id); }}>
      <i class=${`dot ${dotOf(prompt)}`}></i>
      <b title=${prompt.prompt}>${prompt.prompt.slice(0, 200)}</b>
      <small><span class="hidden">${t.statusWords[prompt.status]}, </span>${timeOf(prompt, state.nowMs)}</small>
    </a></li>`;
}

function History({ state, actions }) {
  const { list } = state;
  const groups = [];
  for (const id of list.ids) {
    const prompt = state.prompts.get(id);
    if (!prompt) continue;
    const day = dayOf(Date.parse(prompt.createdAt), state.nowMs);
    if (groups.at(-1)?.day !== day) groups.push({ day, prompts: [] });
    groups.at(-1).prompts.push(prompt);
  }
  const left = list.total - list.ids.length;
  return html`
    <div class="history" onKeyDown=${walk}>
      ${groups.map((group) => html`<h2 class="day" key=${`day ${group.day}`}>${group.day}</h2>
        <ul key=${group.day}>${group.prompts.map((prompt) => html`<${Item} key=${prompt.id} ...${{ prompt, state, actions }} />`)}</ul>`)}
      ${list.error && html`<p class="note bad">${t.historyBroken(list.error)}</p>
        <button class="plain more" type="button" onClick=${() => actions.reload()}>${t.again}</button>`}
      ${!list.error && list.nextCursor && html`
        <button class="plain more" type="button" disabled=${list.loading} onClick=${() => actions.more()}>${t.more(left)}</button>`}
      ${!list.error && list.ids.length === 0 && html`
        <p class="hint">${list.loading ? t.loading : list.search ? t.nothingFound(list.search) : t.historyEmpty}</p>`}
    </div>`;
}

const kConnection = { open: ['', t.connected], connecting: ['wait', t.connecting], lost: ['fail', t.disconnected] };

export function Rail({ state, actions }) {
  const [dot, words] = kConnection[state.connection];
  return html`
    <nav class="rail" aria-label=${t.history}>
      <div class="brand"><img src="/portal/icon.svg" alt="" width="28" height="28" />${t.brand}</div>
      <button class="primary" type="button" onClick=${() => actions.fresh()}>${t.newQuestion}</button>
      <input id="search" class="search" type="search" placeholder=${t.searchHint} aria-label=${t.search} aria-keyshortcuts="/"
        value=${state.list.search} onInput=${(event) => actions.search(event.target.value)} />
      <${History} ...${{ state, actions }} />
      <div class="foot"><span id="connection"><i class=${`dot ${dot}`}></i>${words}</span>
        <button class="plain" type="button" onClick=${() => actions.view('models')}>${t.models}</button></div>
    </nav>`;
}

const kIcons = {
  ask: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v11H9l-5 4z" /></svg>`,
  history: html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8" /><path d="M12 7v5l3 2" /></svg>`,
  models: html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="8" cy="9" r="4" /><circle cx="16" cy="9" r="4" /><circle cx="12" cy="16" r="4" /></svg>`,
};

export function BottomBar({ state, actions }) {
  const entries = [['ask', t.ask], ['history', t.history], ['models', t.models]];
  return html`
    <nav class="nav" aria-label=${t.brand}>${entries.map(([view, words]) => html`
      <button key=${view} type="button" aria-current=${state.view === view ? 'page' : undefined}
        onClick=${() => actions.view(view)}>${kIcons[view]}${words}</button>`)}
    </nav>`;
}
