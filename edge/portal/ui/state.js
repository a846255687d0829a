// What the page knows, and how each message changes it. No DOM, no network: state_test.mjs runs it.
//
// States never go backwards: an older `seq` is dropped, and a final state is never left.
import { applyLive, newRun } from './run.js';

const kFinal = new Set(['COMPLETED', 'CACHED', 'FAILED', 'CANCELLED']);
const kRunsMax = 20; // Live views kept at a time; the transcript has the rest.

export const isFinal = (prompt) => kFinal.has(prompt?.status);

export function newState() {
  return {
    connection: 'connecting', // 'connecting', 'open' or 'lost'.
    council: null, // Of GET /api/council; null until known.
    prompts: new Map(), // id -> prompt
    runs: new Map(), // id -> live view, see run.js
    transcripts: new Map(), // id -> {steps} or {error}
    list: { ids: [], total: 0, nextCursor: '', loading: true, error: '', search: '' },
    selected: '', // An id, or empty.
    gone: new Set(), // Ids that the server does not know.
    view: 'ask', // 'ask', 'history' (phones only) or 'models'.
    ask: { text: '', preset: '', minutes: 7, sending: false, error: '', id: '' },
    note: { id: '', text: '' }, // What the last action on a prompt came to.
    notify: null, // See notify.js.
    confirm: '', // The id whose deletion waits for a second click.
    nowMs: 0,
  };
}

// Takes what the server says of a prompt. Returns true when that was news.
export function applyPrompt(state, incoming) {
  const id = incoming.id ?? incoming._id;
  if (!id) return false;
  const known = state.prompts.get(id);
  if (known && !isNewer(known, incoming)) return false;
  state.prompts.set(id, { ...known, ...incoming, id, held: incoming.held }); // Who speaks of it now knows where it is.
  state.gone.delete(id);
  return true;
}

function isNewer(known, incoming) {
  const before = known.seq ?? 0;
  const after = incoming.seq ?? before;
  if (after !== before) return after > before && !(isFinal(known) && !isFinal(incoming));
  if (isFinal(known)) return isFinal(incoming);
  return !(known.status === 'PROCESSING' && incoming.status === 'PENDING');
}

// One frame of the event stream. Returns what the page should do: 'load' asks for the prompt's
// whole record, 'insert' says that the prompt is not in the list yet.
export function applyEvent(state, frame) {
  const todo = { id: '', load: false, insert: false, changed: false };
  if (frame.type === 'statusChanged' || frame.type === 'saved') {
    const data = frame.data ?? {};
    todo.id = data.id ?? '';
    if (!todo.id) return todo;
    const unknown = !state.prompts.has(todo.id);
    // "saved" tells the end of a prompt without its status word.
    if (frame.type === 'saved') return { ...todo, load: unknown || !hasVerdict(state, todo.id), insert: unknown };
    todo.changed = applyPrompt(state, data);
    todo.insert = unknown && todo.changed;
    todo.load = todo.changed && isFinal(data);
    return todo;
  }
  if (!frame.runId) return todo;
  todo.id = frame.runId;
  todo.changed = applyLive(runOf(state, frame.runId), frame);
  return todo;
}

// The live view of a prompt; made when there is none, and then the oldest goes.
export function runOf(state, id) {
  const known = state.runs.get(id);
  if (known) return known;
  const run = newRun();
  state.runs.set(id, run);
  if (state.runs.size > kRunsMax) state.runs.delete(state.runs.keys().next().value);
  return run;
}

const hasVerdict = (state, id) => {
  const prompt = state.prompts.get(id);
  return isFinal(prompt) && prompt.result !== undefined;
};

// A page of the list: the first replaces it, later ones are appended.
export function applyPage(state, page, first) {
  for (const prompt of page.prompts) applyPrompt(state, prompt);
  const ids = page.prompts.map((prompt) => prompt.id ?? prompt._id);
  state.list.ids = first ? ids : [...new Set([...state.list.ids, ...ids])];
  state.list.total = page.total;
  state.list.nextCursor = page.nextCursor ?? '';
  state.list.loading = false;
  state.list.error = '';
}

// A prompt that was made while the page is open comes first, unless a search hides it.
export function insertPrompt(state, id) {
  if (state.list.ids.includes(id) || state.list.search !== '') return;
  state.list.ids = [id, ...state.list.ids];
  state.list.total += 1;
}

export function removePrompt(state, id) {
  const had = state.list.ids.length;
  state.list.ids = state.list.ids.filter((other) => other !== id);
  if (state.list.ids.length < had) state.list.total -= 1;
  state.prompts.delete(id);
  state.runs.delete(id);
  state.transcripts.delete(id);
  if (state.selected === id) state.selected = '';
}

// How far the models agree; never shown as certainty.
export function agreement(prompt) {
  const verdict = prompt.result;
  if (!verdict || verdict.notice?.startsWith('simulated')) return ''; // Nobody has agreed to anything.
  if (verdict.agreement === 'consensus') return 'consensus'; // All, and two families at least.
  if (verdict.decidedBy === 'item votes') return ''; // A merged list claims none.
  if (verdict.decidedBy === 'only answer') return 'one';
  const share = verdict.share ?? 0;
  return share >= 0.75 ? 'strong' : share >= 0.5 ? 'majority' : share > 0 ? 'split' : '';
}
