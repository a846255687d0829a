// The service worker: shows that an answer is there, and opens its question at a click. It keeps
// nothing, and stands between the page and the server for nothing.
const kTitles = { completed: 'Your answer is ready', failed: 'A question could not be answered' };
const kExcerptMax = 200;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// Whatever comes, something must be shown: a browser takes the subscription away otherwise.
self.addEventListener('push', (event) => {
  let news = null;
  try {
    news = event.data?.json();
  } catch { /* Shown without its words. */ }
  const id = /^[0-9A-HJKMNP-TV-Z]{26}$/.test(news?.id) ? news.id : '';
  const excerpt = typeof news?.excerpt === 'string' ? news.excerpt.slice(0, kExcerptMax) : '';
  event.waitUntil(self.registration.showNotification(kTitles[news?.type] ?? 'OTM Home', {
    body: excerpt, tag: id || 'otm', icon: '/portal/icon.svg', data: { id },
  }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.id ?? ''));
});

async function open(id) {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!page) return self.clients.openWindow(id ? `/#${id}` : '/');
  await page.focus();
  if (id) page.postMessage({ open: id });
}

// The push service has given the browser another address.
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

async function renew(event) {
  const { publicKey } = await (await fetch('/api/push')).json();
  const subscription = event.newSubscription
    ?? await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await fetch('/api/push/subscriptions', {
    method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(subscription),
  });
}
