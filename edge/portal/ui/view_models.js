// Which models sit in the council, and the ways to answer.
import { html } from '/ui/dom.js';
import { seatHue } from './seats.js';
import { t } from './strings.js';
import { ModelNotice } from './view_ask.js';

export function Models({ council, actions }) {
  return html`
    <section class="card" aria-label=${t.models}>
      <div class="row"><h2 class="q">${t.models}</h2>
        ${council && html`<span class=${`badge ${council.state === 'READY' ? 'good' : 'warn'}`}>${t.modelStates[council.state]}</span>`}</div>
      ${!council && html`<p class="hint">${t.connecting}</p>`}
      ${council && html`
        <div class="state"><${ModelNotice} council=${council} /></div>
        <h3 class="state">${t.seatsTitle}</h3>
        ${council.seats.length === 0 && html`<p class="hint">${t.noSeats}</p>`}
        <ul class="people">${council.seats.map((seat, i) => html`
          <li key=${seat.name + seat.model} class=${seatHue(council, seat, i)}><b>${seat.name}</b> <span class="hint">${seat.model}</span></li>`)}</ul>
        <h3>${t.presetsTitle}</h3>
        <ul class="people">${council.presets.map((preset) => html`
          <li key=${preset.name}><b>${preset.title}</b><br /><span class="hint">${preset.description}</span></li>`)}</ul>`}
      <button class="plain" type="button" onClick=${() => actions.view('ask')}>${t.close}</button>
    </section>`;
}
