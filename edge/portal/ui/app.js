// The page's one controller: holds the state, carries out actions, draws.
import { html, render } from '/ui/dom.js';
import { newUlid } from '/ui/ulid.js';
import { api } from './api.js';
import { seedRun } from './run.js';
import { applyEvent, applyPage, applyPrompt, insertPrompt, isFinal, newState, removePrompt, runOf } from './state.js';
import { listenForKeys } from './keys.js';
import { announceRun, say } from './live_region.js';
import { makeNotify } from './notify.js';
import { Stream } from './stream.js';
import { t } from './strings.js';
import { Ask, Empty, ModelNotice } from './view_ask.js';
import { Models } from './view_models.js';
import { Notify } from './view_notify.js';
import { Prompt } from './view_prompt.js';
import { BottomBar, Rail } from './view_rail.js';

const kPromptKibMax = 64;
const kSearchPauseMs = 250;
const kPollWaitingMs = 2_000; // The council's state while a model is being prepared …
const kPollMs = 30_000; // … and otherwise.
const kMinuteMs = 60_000;

const state = newState();
const root = document.getElementById('app');

// Drawing: at most once a frame.

function Page() {
  const prompt = state.prompts.get(state.selected);
  const empty = !state.list.loading && state.list.total === 0 && state.list.search === '' && !prompt;
  return html`
    <${Rail} state=${state} actions=${actions} />
    <main>
      <h1 class="hidden">${t.brand}</h1>
      ${state.connection === 'lost' && html`<p class="note bad">${t.connectionLost}</p>`}
      ${state.view === 'models' ? html`<${Models} council=${state.council} actions=${actions} />
        <${Notify} notify=${state.notify} actions=${notify} />` : html`
        <${ModelNotice} council=${state.council} />
        <${Ask} state=${state} actions=${actions} />
        ${prompt && html`<${Prompt} key=${prompt.id} prompt=${prompt} state=${state} actions=${actions} />`}
        ${!prompt && state.selected && html`<p class="hint">${state.gone.has(state.selected) ? t.stillGone : t.noSuchYet}</p>`}
        ${empty && html`<${Empty} actions=${actions} />`}`}
    </main>
    <${BottomBar} state=${state} actions=${actions} />`;
}

let drawing = false;
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(drawNow);
}

function drawNow() {
  drawing = false;
  state.nowMs = Date.now();
  root.className = `app v-${state.view}`;
  render(html`<${Page} />`, root);
  const prompt = state.prompts.get(state.selected);
  document.title = prompt ? `${prompt.prompt.slice(0, 60)} – ${t.brand}` : t.brand;
}

const notify = makeNotify(state, draw);

// What people do.

const focusQuestion = () => document.getElementById('question')?.focus();

function select(id) {
  state.selected = id;
  state.view = 'ask';
  state.confirm = '';
  state.note = { id: '', text: '' };
  if (location.hash.slice(1) !== id) history.pushState(null, '', id ? `#${id}` : location.pathname);
  if (id) refresh(id);
  draw();
}

function failed(id, what, error) {
  state.note = { id, text: t.actionFailed(what, error.message) };
  draw();
}

const actions = {
  typed(text) {
    if (text !== state.ask.text) state.ask.id = ''; // Another question needs another id.
    state.ask.text = text;
    draw();
  },
  choose(name) {
    state.ask.preset = name;
    state.ask.id = '';
    draw();
  },
  minutes(value) {
    state.ask.minutes = value;
    state.ask.id = '';
  },
  async ask() {
    const { ask } = state;
    if (ask.sending || ask.text.trim() === '') return;
    if (new TextEncoder().encode(ask.text).length > kPromptKibMax * 1024) {
      ask.error = t.tooLong(kPromptKibMax);
      return draw();
    }
    ask.id ||= newUlid(); // Kept until it is accepted: sending twice gives one question.
    ask.sending = true;
    ask.error = '';
    draw();
    try {
      await send(ask);
    } catch (error) {
      ask.error = t.notSent(error.message);
    }
    ask.sending = false;
    draw();
  },
  example(text) {
    actions.typed(text);
    state.view = 'ask';
    drawNow();
    focusQuestion();
    window.scrollTo({ top: 0 });
  },
  fresh() {
    select('');
    drawNow();
    focusQuestion();
  },
  open: select,
  view(view) {
    state.view = view;
    if (view === 'models') notify.look();
    draw();
    window.scrollTo({ top: 0 });
  },
  search(words) {
    state.list.search = words;
    state.list.loading = true;
    clearTimeout(actions.searchTimer);
    actions.searchTimer = setTimeout(() => loadList(), kSearchPauseMs);
    draw();
  },
  more: () => loadList(state.list.nextCursor),
  reload: () => loadList(),
  async cancel(id) {
    try {
      if (applyPrompt(state, await api.cancel(id))) say(t.live.CANCELLED);
      draw();
    } catch (error) {
      failed(id, t.cancel, error);
    }
  },
  async copy(id) {
    const works = await navigator.clipboard?.writeText(state.prompts.get(id).answer).then(() => true, () => false);
    state.note = { id, text: works ? t.copied : t.copyFailed };
    draw();
  },
  keep() {
    state.confirm = '';
    draw();
  },
  async remove(id) {
    if (state.confirm !== id) {
      state.confirm = id;
      return draw();
    }
    state.confirm = '';
    try {
      await api.remove(id);
      removePrompt(state, id);
      say(t.live.removed);
      actions.fresh();
    } catch (error) {
      failed(id, t.remove, error);
    }
  },
  async transcript(id) {
    if (state.transcripts.delete(id)) return draw();
    state.transcripts.set(id, {});
    draw();
    try {
      state.transcripts.set(id, await api.transcript(id));
    } catch (error) {
      state.transcripts.set(id, { error: error.message });
    }
    draw();
  },
  // Closes what is open, innermost first; true when something was.
  close() {
    if (state.confirm) return actions.keep() ?? true;
    if (state.transcripts.delete(state.selected)) return draw() ?? true;
    if (state.view !== 'ask') return actions.view('ask') ?? true;
    if (state.list.search !== '') return actions.search('') ?? true;
    return false;
  },
};

// What the server says.

async function send(ask) {
  const { id, text } = ask;
  // What the page shows as chosen, also where nobody chose.
  const preset = ask.preset || state.council?.presets.find((one) => one.isDefault)?.name;
  const classic = preset?.startsWith('classic') && ask.minutes >= 1 && ask.minutes <= 60;
  const discussionTimeMs = classic ? Math.round(ask.minutes * kMinuteMs) : undefined;
  const accepted = await api.ask({ id, prompt: text, preset, discussionTimeMs });
  Object.assign(ask, { text: ask.text === text ? '' : ask.text, id: '' });
  const createdAt = new Date().toISOString();
  const { held } = accepted;
  applyPrompt(state, { id: accepted.id, prompt: text, preset, status: 'PENDING', answer: '', createdAt, seq: 0, held });
  insertPrompt(state, accepted.id);
  say(t.live.sent);
  select(accepted.id);
  const box = document.getElementById('question');
  if (box) box.style.height = '';
}

async function refresh(id) {
  try {
    const prompt = await api.load(id);
    applyPrompt(state, prompt);
    if (prompt.status === 'PROCESSING' && !runOf(state, id).startedMs) {
      seedRun(runOf(state, id), (await api.transcript(id)).steps); // It began before this page.
    }
  } catch (error) {
    if (error.status === 404) state.gone.add(id);
  }
  draw();
}

let listAsked = 0;
async function loadList(cursor = '') {
  const asked = ++listAsked;
  const { search } = state.list;
  state.list.loading = true;
  draw();
  try {
    const page = await api.list({ cursor, search });
    if (asked !== listAsked) return; // A newer one is on its way.
    applyPage(state, page, cursor === '');
    if (!state.selected && !cursor && !search && page.prompts.length > 0 && !state.seen) openNewest();
    state.seen = true;
  } catch (error) {
    if (asked !== listAsked) return;
    Object.assign(state.list, { loading: false, error: error.message });
  }
  draw();
}

// A visit without an address shows the newest question rather than nothing.
function openNewest() {
  [state.selected] = state.list.ids;
  refresh(state.selected);
}

async function loadCouncil() {
  try {
    state.council = await api.council();
    draw();
  } catch { /* The connection's state says it already; the next poll comes. */ }
}

async function pollCouncil() {
  await loadCouncil();
  const settled = state.council && ['READY', 'SIMULATED'].includes(state.council.state);
  setTimeout(pollCouncil, settled ? kPollMs : kPollWaitingMs);
}

function onFrame(frame) {
  if (frame.type === 'run.started' && state.council?.state !== 'READY') loadCouncil(); // A model came.
  const todo = applyEvent(state, frame);
  if (todo.insert) insertPrompt(state, todo.id);
  if (todo.load) refresh(todo.id);
  if (todo.id === state.selected && todo.changed) announceRun(state, todo.id);
  draw();
}

function onConnection(connection) {
  if (state.connection === 'lost' && connection === 'open') say(t.live.back);
  if (state.connection === 'open' && connection === 'lost') say(t.live.lost);
  state.connection = connection;
  if (connection === 'open' && state.list.error) loadList();
  draw();
}

// The list is asked for after the stream is open, so that nothing falls between the two; a
// reset says that events were missed, so everything shown is asked for again.
function resync() {
  loadList();
  for (const [id, prompt] of state.prompts) if (!isFinal(prompt)) refresh(id);
  if (state.selected) refresh(state.selected);
}

function start() {
  const shell = root.querySelector('textarea');
  state.ask.text = shell?.value ?? ''; // What was typed before this script came.
  const typing = document.activeElement === shell;
  root.textContent = '';
  state.selected = location.hash.slice(1);
  drawNow();
  if (typing || matchMedia('(min-width: 761px)').matches) focusQuestion();
  window.addEventListener('popstate', () => select(location.hash.slice(1)));
  listenForKeys(actions);
  // A notification was clicked.
  navigator.serviceWorker?.addEventListener('message', (event) => event.data?.open && select(event.data.open));
  new Stream({ frame: onFrame, hello: () => state.seen || resync(), reset: resync, state: onConnection });
  pollCouncil();
  setInterval(() => {
    if ([...state.prompts.values()].some((prompt) => !isFinal(prompt))) draw();
  }, 1000);
}

start();
