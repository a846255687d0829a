// The ask box, the notice about models, and the first visit's empty state.
import { html } from '/ui/dom.js';
import { t } from './strings.js';

// Enter asks, Shift+Enter breaks the line; an input method's Enter only ends its word.
function onKey(event, actions) {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  actions.ask();
}

function fit(area) {
  area.style.height = 'auto'; // By the object model: the page's policy has no inline styles.
  area.style.height = `${area.scrollHeight}px`;
}

export function Ask({ state, actions }) {
  const { ask, council } = state;
  // Strict is the original with its faults, for comparison: scripts may ask for it.
  const presets = (council?.presets ?? []).filter((preset) => preset.name !== 'classic-strict');
  const chosen = presets.find((preset) => preset.name === ask.preset) ?? presets.find((preset) => preset.isDefault);
  return html`
    <form class="card ask" onSubmit=${(event) => { event.preventDefault(); actions.ask(); }}>
      <textarea id="question" rows="2" aria-label=${t.askLabel} placeholder=${t.askHint} value=${ask.text}
        aria-describedby=${ask.error ? 'ask-error' : undefined}
        onInput=${(event) => { actions.typed(event.target.value); fit(event.target); }}
        onKeyDown=${(event) => onKey(event, actions)}></textarea>
      <div class="row">
        <fieldset><legend class="hidden">${t.presetsLabel}</legend>
          ${presets.map((preset) => html`<label class="chip" key=${preset.name}>
            <input type="radio" name="preset" value=${preset.name} checked=${preset === chosen}
              onChange=${() => actions.choose(preset.name)} />${preset.title}</label>`)}
        </fieldset>
        ${chosen?.name.startsWith('classic') && html`<label class="minutes">${t.minutes}
          <input type="number" min="1" max="60" step="1" value=${ask.minutes} title=${t.minutesHint}
            onInput=${(event) => actions.minutes(event.target.valueAsNumber)} /></label>`}
        <button class="primary go" disabled=${ask.sending || ask.text.trim() === ''}>${ask.sending ? t.asking : t.ask}</button>
      </div>
      ${chosen && html`<p class="hint about">${chosen.description}</p>`}
      ${ask.error && html`<p class="note bad" role="alert" id="ask-error">${ask.error}</p>`}
    </form>`;
}

export function ModelNotice({ council }) {
  if (!council || council.state === 'READY') return null;
  const preparing = council.state === 'PREPARING';
  const known = sentence(council.detail);
  const words = preparing ? t.preparing(council.percent)
    : known || (council.state === 'SIMULATED' ? t.simulated : t.missingModel);
  return html`
    <div class="note">
      <p>${words}</p>
      ${preparing && known && html`<p>${known}</p>`}
      ${preparing && html`<progress max="100" value=${council.percent} aria-label=${t.modelStates.PREPARING}></progress>`}
    </div>`;
}

const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

export function Empty({ actions }) {
  return html`
    <section class="card empty">
      <h2>${t.emptyTitle}</h2>
      <p>${t.emptyText}</p>
      <ul class="examples">${t.examples.map((text) => html`
        <li key=${text}><button class="plain" type="button" onClick=${() => actions.example(text)}>${text}</button></li>`)}
      </ul>
    </section>`;
}
