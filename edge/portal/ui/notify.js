// Being told that an answer is there: what this browser can, what was chosen, and changing it.
import { api } from './api.js';
import { t } from './strings.js';

const kIdBytes = 24; // As push::BrowserId.

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

async function idOf(endpoint) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return base64url(digest.slice(0, kIdBytes));
}

// Nothing where there is no service worker yet.
const subscriptionOf = async () => (await navigator.serviceWorker.getRegistration('/'))?.pushManager.getSubscription();

// 'insecure', 'unsupported', 'disabled', 'notyet', 'denied', 'on' or 'off'.
async function stateOf(server) {
  if (!window.isSecureContext) return 'insecure';
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return 'unsupported';
  if (!server.enabled) return 'disabled';
  if (!server.publicKey) return 'notyet';
  if (Notification.permission === 'denied') return 'denied';
  const subscription = await subscriptionOf();
  if (Notification.permission !== 'granted' || !subscription) return 'off';
  const id = await idOf(subscription.endpoint);
  return server.subscriptions.some((one) => one.id === id) ? 'on' : 'off';
}

async function turnOn(server) {
  if (await Notification.requestPermission() !== 'granted') return;
  await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  const { pushManager } = await navigator.serviceWorker.ready;
  const old = await pushManager.getSubscription();
  const key = old?.options?.applicationServerKey;
  if (old && (!key || base64url(key) !== server.publicKey)) await old.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: server.publicKey })
    .catch((error) => { throw new Error(t.notify.noService(error.message)); });
  await api.subscribe(subscription.toJSON());
}

async function turnOff() {
  const subscription = await subscriptionOf();
  if (!subscription) return;
  const id = await idOf(subscription.endpoint);
  await subscription.unsubscribe();
  await api.unsubscribe(id);
}

// `state.notify` is {state, server, busy, error}; null before it was looked at.
export function makeNotify(state, draw) {
  async function look(error = '') {
    try {
      const server = await api.push();
      state.notify = { state: await stateOf(server), server, busy: false, error };
    } catch (failure) {
      state.notify = { state: 'unknown', server: null, busy: false, error: error || failure.message };
    }
    draw();
  }
  async function act(change) {
    if (!state.notify?.server || state.notify.busy) return;
    state.notify.busy = true;
    draw();
    await look(await change(state.notify.server).then(() => '', (error) => error.message));
  }
  return {
    look: () => look(),
    on: () => act(turnOn),
    off: () => act(turnOff),
    prefer: (preferences) => act((server) => api.prefer({ ...server.preferences, ...preferences })),
  };
}

// The zone of the person who sits here: quiet is by the clock on the wall.
export const quietOf = (begin, end) => ({
  hours: `${begin}-${end}`, zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
});
