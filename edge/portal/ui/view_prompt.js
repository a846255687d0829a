// One question: while it waits, while the council works, and its answer.
import { Component, html } from '/ui/dom.js';
import { toSafeHtml } from '/ui/markdown.js';
import { newRun } from './run.js';
import { seatHue, seatName } from './seats.js';
import { agreement, isFinal } from './state.js';
import { t } from './strings.js';
import { Live } from './view_live.js';

const kLongQuestion = 400; // Characters; longer ones are set smaller and scroll.
const kBadgeOf = { consensus: 'good', strong: 'good', majority: '', split: 'warn', one: 'calm' };

// Rendered once for each text, not with every tick of the page.
class Markdown extends Component {
  shouldComponentUpdate(next) {
    return next.text !== this.props.text;
  }
  render({ text }) {
    return html`<div class="markdown answer" dangerouslySetInnerHTML=${{ __html: toSafeHtml(text) }}></div>`;
  }
}

function Badges({ prompt }) {
  const verdict = prompt.result ?? {};
  const agreed = agreement(prompt);
  const missing = verdict.missing ?? [];
  const kind = prompt.status === 'FAILED' ? 'bad' : 'calm';
  return html`<div class="row state">
    ${(prompt.status !== 'COMPLETED' || !agreed) && html`<span class=${`badge ${kind}`}>${t.statusWords[prompt.status]}</span>`}
    ${agreed && html`<span class=${`badge ${kBadgeOf[agreed]}`}>${t.agreement[agreed]}${agreed === 'one' || verdict.share === 1 ? '' : ` · ${Math.round(verdict.share * 100)} %`}</span>`}
    ${missing.length > 0 && html`<span class="badge warn">${t.missing(missing.length)}</span>`}
    ${missing.length === 0 && verdict.quality === 'degraded' && html`<span class="badge warn">${t.degraded}</span>`}
  </div>`;
}

function Facts({ prompt }) {
  const verdict = prompt.result ?? {};
  return html`<div class="facts">
    ${prompt.processingTimeMs > 0 && html`<span>${t.seconds(prompt.processingTimeMs)}</span>`}
    ${verdict.modelCalls > 0 && html`<span>${t.calls(verdict.modelCalls)}</span>`}
    ${verdict.tokens > 0 && html`<span>${t.tokens(verdict.tokens)}</span>`}
    ${verdict.decidedBy && html`<span title=${verdict.formula}>${t.decidedBy(verdict.decidedBy)}</span>`}
    ${verdict.familiesFor > 0 && html`<span>${t.families(verdict.familiesFor, verdict.familiesAgainst)}</span>`}
    ${verdict.check && html`<span>${t.checked(verdict.check)}</span>`}
    <span>${new Date(Date.parse(prompt.createdAt)).toLocaleString(t.lang, { dateStyle: 'medium', timeStyle: 'short' })}</span>
    <span>${t.careful}</span>
  </div>`;
}

function Answer({ prompt, council }) {
  const verdict = prompt.result ?? {};
  const missing = verdict.missing ?? [];
  if (prompt.status === 'FAILED') return html`<p class="note bad answer">${t.failed(prompt.error)}</p>`;
  if (prompt.status === 'CANCELLED' && !prompt.answer) return html`<p class="hint answer">${t.cancelled}</p>`;
  return html`
    ${verdict.notice && html`<p class="note answer">${verdict.notice}</p>`}
    <${Markdown} text=${prompt.answer ?? ''} />
    ${verdict.dissent && html`<p class="dissent"><b>${t.dissent}</b>${verdict.dissent}</p>`}
    ${missing.length > 0 && html`<ul class="missing hint">${missing.map((entry) => html`
      <li key=${entry.seat}>${seatName(council, entry.seat)}: ${entry.why}</li>`)}</ul>`}
    <${Facts} prompt=${prompt} />`;
}

function Transcript({ entry, council }) {
  if (!entry) return null;
  if (entry.error) return html`<p class="note bad transcript">${entry.error}</p>`;
  if (!entry.steps) return html`<p class="hint transcript">${t.loading}</p>`;
  const steps = entry.steps.filter((step) => step.seat !== ''); // The rest is bookkeeping.
  if (steps.length === 0) return html`<p class="hint transcript">${t.transcriptEmpty}</p>`;
  return html`<div class="transcript">${steps.map((step, i) => html`
    <article key=${`${step.stage} ${step.seat} ${step.i}`} class=${seatHue(council, { name: step.seat, model: step.model }, i)}>
      <h3>${seatName(council, step.seat)} · ${step.stage}${step.key ? ` · ${step.key}` : ''}</h3>
      <p>${step.text}</p></article>`)}</div>`;
}

function Buttons({ prompt, state, actions }) {
  const { id } = prompt;
  const sure = state.confirm === id;
  if (!isFinal(prompt)) {
    return html`<div class="acts"><button class="plain" type="button" onClick=${() => actions.cancel(id)}>${t.cancel}</button></div>`;
  }
  return html`<div class="acts">
    ${prompt.answer && html`<button class="plain" type="button" onClick=${() => actions.copy(id)}>${t.copy}</button>`}
    <button class="plain" type="button" onClick=${() => actions.example(prompt.prompt)}>${t.askAgain}</button>
    <button class="plain" type="button" aria-expanded=${state.transcripts.has(id)} onClick=${() => actions.transcript(id)}>
      ${state.transcripts.has(id) ? t.hideTranscript : t.transcript}</button>
    <button class="plain danger" type="button" onClick=${() => actions.remove(id)}>${sure ? t.removeSure : t.remove}</button>
    ${sure && html`<button class="plain" type="button" onClick=${() => actions.keep()}>${t.keep}</button>`}
  </div>`;
}

function Waiting({ prompt, run, council }) {
  const noModel = council && (council.state === 'PREPARING' || council.state === 'MISSING');
  const before = run?.position ?? prompt.queuePosition ?? 0;
  return html`<p class="row state"><i class="dot wait"></i><span>${prompt.held && !run ? t.held : noModel ? t.waitingModel : t.waiting(before)}</span></p>`;
}

export function Prompt({ prompt, state, actions }) {
  const run = state.runs.get(prompt.id);
  const note = state.note.id === prompt.id ? state.note.text : '';
  return html`
    <section class="card" aria-label=${t.statusWords[prompt.status]} id="prompt">
      <h2 class=${`q ${prompt.prompt.length > kLongQuestion ? 'long' : ''}`}
        tabindex=${prompt.prompt.length > kLongQuestion ? 0 : undefined}>${prompt.prompt}</h2>
      ${prompt.status === 'PENDING' && html`<${Waiting} ...${{ prompt, run, council: state.council }} />`}
      ${prompt.status === 'PROCESSING' && html`<${Live} run=${run ?? newRun()} state=${state} />`}
      ${isFinal(prompt) && html`<${Badges} prompt=${prompt} /><${Answer} prompt=${prompt} council=${state.council} />`}
      <${Buttons} ...${{ prompt, state, actions }} />
      ${note && html`<p class="hint" role="status">${note}</p>`}
      <${Transcript} entry=${state.transcripts.get(prompt.id)} council=${state.council} />
    </section>`;
}
