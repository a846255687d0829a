// What a screen reader hears: one polite line for each stage, never the stream of words.
import { t } from './strings.js';

const region = document.getElementById('live');
let said = '';

export function say(words) {
  region.textContent = words;
}

const kLines = { answers: 'ANSWER', weigh: 'WEIGH', write: 'WRITE' };

export function announceRun(state, id) {
  const prompt = state.prompts.get(id);
  const run = state.runs.get(id);
  const stage = prompt?.status === 'PROCESSING' && run?.phase ? kLines[run.phase] : prompt?.status;
  const line = t.live[stage];
  if (!line || said === `${id} ${stage}`) return;
  said = `${id} ${stage}`;
  say(typeof line === 'function' ? line(run?.seats.length ?? 0) : line);
}
