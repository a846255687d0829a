// Requests to the portal. Every failure is an ApiError whose message is a sentence for people.
import { t } from './strings.js';

const kTimeoutMs = 15_000; // Longer than the server's own limit for taking a prompt.

export class ApiError extends Error {
  /** @param {string} message @param {number} status 0 where no answer came */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { 'X-OTM': '1', ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(kTimeoutMs),
    });
  } catch (error) {
    throw new ApiError(error.name === 'TimeoutError' ? t.serverSlow : t.serverAway, 0);
  }
  const json = await response.json().catch(() => null);
  if (response.ok) return json;
  throw new ApiError(json?.detail ? sentence(json.detail) : t.serverOdd(response.status), response.status);
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
const at = (id) => `/api/prompts/${encodeURIComponent(id)}`;

export const api = {
  ask: (prompt) => call('POST', '/api/prompts', prompt),
  list: ({ cursor = '', search = '', limit = 30 }) => {
    const query = new URLSearchParams({ limit });
    if (cursor) query.set('cursor', cursor);
    if (search) query.set('q', search);
    return call('GET', `/api/prompts?${query}`);
  },
  load: (id) => call('GET', at(id)),
  transcript: (id) => call('GET', `${at(id)}/transcript`),
  cancel: (id) => call('POST', `${at(id)}/cancel`, {}),
  remove: (id) => call('DELETE', at(id)),
  council: () => call('GET', '/api/council'),
  push: () => call('GET', '/api/push'),
  subscribe: (subscription) => call('PUT', '/api/push/subscriptions', subscription),
  unsubscribe: (id) => call('DELETE', `/api/push/subscriptions/${encodeURIComponent(id)}`),
  prefer: (preferences) => call('PUT', '/api/push/preferences', preferences),
};
