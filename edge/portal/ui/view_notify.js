// Who is told that an answer is there, and when not.
import { html } from '/ui/dom.js';
import { quietOf } from './notify.js';
import { t } from './strings.js';

const kQuiet = '22:00-07:00'; // What is offered first.

function Quiet({ notify, actions }) {
  const quiet = notify.server.preferences?.quiet;
  const [begin, end] = (quiet?.hours ?? kQuiet).split('-');
  const change = (from, to) => from && to && actions.prefer({ quiet: quietOf(from, to) });
  return html`
    <div class="row quiet">
      <label class="chip"><input id="quiet" type="checkbox" checked=${!!quiet} disabled=${notify.busy}
        onChange=${(event) => actions.prefer({ quiet: event.target.checked ? quietOf(begin, end) : null })} />${t.notify.quiet}</label>
      ${quiet && html`
        <label>${t.notify.from} <input id="quiet-from" type="time" value=${begin} disabled=${notify.busy}
          onChange=${(event) => change(event.target.value, end)} /></label>
        <label>${t.notify.to} <input id="quiet-to" type="time" value=${end} disabled=${notify.busy}
          onChange=${(event) => change(begin, event.target.value)} /></label>
        <span class="hint">${quiet.zone ?? 'UTC'}</span>`}
    </div>`;
}

export function Notify({ notify, actions }) {
  const state = notify?.state ?? 'looking';
  const can = state === 'on' || state === 'off';
  return html`
    <section class="card" id="notify" aria-label=${t.notify.title}>
      <div class="row"><h2 class="q">${t.notify.title}</h2>
        ${can && html`<span class=${`badge ${state === 'on' ? 'good' : 'calm'}`}>${t.notify.badges[state]}</span>`}</div>
      <p class="hint state">${t.notify.states[state]}</p>
      ${notify?.error && html`<p class="note bad state" role="alert">${notify.error}</p>`}
      <div class="acts">
        ${state === 'off' && html`<button class="primary" type="button" disabled=${notify.busy} onClick=${actions.on}>${t.notify.on}</button>`}
        ${state === 'on' && html`<button class="plain" type="button" disabled=${notify.busy} onClick=${actions.off}>${t.notify.off}</button>`}
        ${state === 'unknown' && html`<button class="plain" type="button" onClick=${actions.look}>${t.again}</button>`}
      </div>
      ${notify?.server && html`<${Quiet} notify=${notify} actions=${actions} />`}
      ${can && html`<p class="hint state">${t.notify.privacy}</p>`}
    </section>`;
}
