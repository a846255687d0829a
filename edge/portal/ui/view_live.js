// The council at work: where it is, each seat's text as it comes, the votes so far.
import { html } from '/ui/dom.js';
import { toSafeHtml } from '/ui/markdown.js';
import { kPhaseOrder } from './run.js';
import { seatHue, seatName } from './seats.js';
import { t } from './strings.js';

const kTailLength = 400; // Characters shown of a text that still grows: four lines at most.

function Steps({ run }) {
  const at = kPhaseOrder.indexOf(run.phase);
  const done = run.seats.filter((seat) => seat.state === 'done').length;
  return html`<ol class="steps">${kPhaseOrder.map((phase, i) => html`
    <li key=${phase} class=${i < at ? 'done' : i === at ? 'on' : ''} aria-current=${i === at ? 'step' : undefined}>
      ${phase === 'answers' ? t.steps.answers(done, run.seats.length) : t.steps[phase]}</li>`)}</ol>`;
}

function stateOf(seat, nowMs) {
  if (seat.state === 'loading') return t.seatStates.loading(Math.max(0, Math.round((nowMs - seat.sinceMs) / 1000)));
  if (seat.state === 'done' && seat.speed > 0) return t.seatStates.speed(seat.speed);
  return t.seatStates[seat.state];
}

function textOf(seat) {
  if (seat.state === 'lost') return seat.why;
  if (seat.text !== '') return seat.text.replace(/\*\*|__|^#+ /gm, ''); // A glimpse needs no marks.
  return seat.state === 'loading' ? t.seatLoads : seat.state === 'waiting' ? t.seatWaits : '';
}

function Seat({ seat, index, state }) {
  const growing = seat.state === 'answering';
  const text = textOf(seat);
  return html`
    <article class=${`seat ${seatHue(state.council, seat, index)}`}>
      <header><b>${seatName(state.council, seat.name)}</b><span>${stateOf(seat, state.nowMs)}</span></header>
      <p class=${growing ? 'flow' : ''}><span>${growing ? text.slice(-kTailLength) : text.slice(0, kTailLength)}</span></p>
      <span class=${`key ${seat.key ? '' : 'none'}`} title=${seat.key}>${seat.key || '–'}</span>
    </article>`;
}

function Bar({ entry, run, state }) {
  const percent = Math.round(entry.share * 100);
  const seats = entry.seats.length > 0 ? entry.seats : [''];
  const width = (entry.share * 100) / seats.length;
  return html`
    <div class="bar"><b title=${entry.key}>${entry.key}</b>
      <svg class="track" aria-hidden="true"><rect class="ground" width="100%" height="22" rx="7" />
        ${seats.map((name, i) => html`<rect key=${name + i} class=${`part ${seatHue(state.council, run.seats.find((seat) => seat.name === name) ?? { name }, i)}`}
          x=${`${i * width}%`} width=${`${width}%`} height="22" rx="3" />`)}
        ${run.gate > 0 && html`<line class="gate" x1=${`${run.gate * 100}%`} x2=${`${run.gate * 100}%`} y1="0" y2="22" />`}
      </svg>
      <span>${t.voteShare(percent, entry.seats.length)}</span></div>`;
}

export function Live({ run, state }) {
  return html`
    <div class="live">
      <${Steps} run=${run} />
      ${run.seats.length === 0 && html`<p class="hint">${t.starting}</p>`}
      <div class="seats">${run.seats.map((seat, index) => html`
        <${Seat} key=${seat.name} ...${{ seat, index, state }} />`)}</div>
      ${run.tally.length > 0 && html`<div class="tally" role="group" aria-label=${t.votesLabel}>
        ${run.tally.map((entry) => html`<${Bar} key=${entry.key} ...${{ entry, run, state }} />`)}</div>`}
      ${run.written !== '' && html`<div class="written"><p class="hint">${t.writing}</p>
        <div class="markdown answer" dangerouslySetInnerHTML=${{ __html: toSafeHtml(run.written) }}></div></div>`}
    </div>`;
}
