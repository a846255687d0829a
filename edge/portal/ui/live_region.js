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
  const phase = prompt?.status === 'PROCESSING' ? kLines[run?.phase] : undefined;
  const line = t.live[phase ?? prompt?.status];
  if (!line || said === `${id} ${phase ?? prompt.status}`) return;
  said = `${id} ${phase ?? prompt.status}`;
  say(typeof line === 'function' ? line(run?.seats.length ?? 0) : line);
}
