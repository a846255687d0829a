// The portal's page in a real browser, on a real otm-home.
//
//   OTM_HOME_BIN=PROGRAM [OTM_SCREENSHOTS=FOLDER] node tests/e2e/portal_browser_test.mjs [WORD]
//
// Needs `npm ci --prefix tests/e2e` and Debian's chromium. Runs the cases whose name has WORD;
// prints "N passed, N failed" at the end and exits 1 when one failed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Browser, FakeOllama, Home, resolve, until } from './browser_driver.mjs';
import { FakePushService } from './push_driver.mjs';

const program = process.env.OTM_HOME_BIN ?? process.argv[2];
const word = process.env.OTM_HOME_BIN ? process.argv[2] : process.argv[3];
const shots = process.env.OTM_SCREENSHOTS ?? process.env.TEST_UNDECLARED_OUTPUTS_DIR;
if (!program || !fs.existsSync(program)) {
  console.error('name the program: OTM_HOME_BIN=bazel-bin/home/otm-home node tests/e2e/portal_browser_test.mjs');
  process.exit(1);
}

const kBarrel = 'Our rain barrel is 60 cm wide and 90 cm high. How many litres does it hold?';
const kAnswer = ['The radius is **30 cm**, so the area is about 2,827 cm². ', 'Times 90 cm gives 254,469 cm³.\n\n',
  '- radius 30 cm\n- height 90 cm\n\nFINAL: 254 litres'];
const kAnswers = {
  'gemma3:4b': kAnswer,
  'llama3.2:3b': ['I take 60 cm as the radius, so π · 0.6² · 0.9 = 1.018 m³. ', 'The barrel holds about a thousand litres.\n\n',
    'FINAL: 1018 litres'],
  'qwen3:4b': ['Volume of a cylinder: V = πr²h = π · 0.3² · 0.9 = 0.2545 m³, ', 'so it holds roughly 254.5 litres when full, ',
    'a little less in practice.\n\nFINAL: 254 litres'],
};
const kHostile = [
  '# Heading\n<script>window.hacked=1;alert(1)</script><img src=x onerror="alert(2)"> ',
  '[click](javascript:alert(3)) <a href="https://example.com/" onclick="alert(4)">out</a> <svg onload=alert(5)></svg>',
  '<style>body{display:none}</style><form action="/api/prompts"><input name=x></form><div id="question">x</div>',
  '![beacon](http://192.0.2.1/beacon.png) <iframe src="javascript:alert(6)"></iframe>\n\n',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(7)&gt;">\n\nFINAL: <b>x</b>',
];

const cases = [];
const test = (name, run) => cases.push({ name, run });
const shot = async (page, name, options = {}) => {
  if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`), ...options });
};
const connected = (page) => page.waitForFunction(() => document.querySelector('#connection')?.textContent.includes('Connected'));
const ask = async (page, text) => {
  await page.fill('#question', text);
  await page.press('#question', 'Enter');
};
const answered = (page) => page.waitForSelector('#prompt .facts');
const well = (page) => assert.deepEqual(page.misdeeds, []);
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

let browser;
async function withHome(model, run, environment = {}) {
  const home = new Home(program, model, environment);
  try {
    await home.start();
    await run(home);
  } finally {
    await home.remove();
  }
}
async function withOllama(pieces, run) {
  const ollama = await new FakeOllama(pieces).start();
  try {
    await withHome(ollama.url, (home) => run(home, ollama));
  } finally {
    ollama.stop();
  }
}

test('a first visit teaches, and reads without JavaScript', () => withHome('sim', async (home) => {
  const bare = await browser.page(home.url, { javaScriptEnabled: false });
  assert.match(await bare.textContent('noscript'), /JavaScript/);
  assert.ok(await bare.isVisible('textarea'));
  const page = await browser.page(home.url);
  await connected(page);
  await page.waitForSelector('.examples');
  assert.equal(await page.locator('.examples button').count(), 3);
  await shot(page, 'first-visit');
  await page.click('.examples button >> nth=2');
  assert.match(await page.inputValue('#question'), /rain barrel/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'question');
  well(page);
}));

test('a question is asked, answered and still there after a reload; the simulator says so', () => withHome('sim', async (home) => {
  const page = await browser.page(home.url);
  await connected(page);
  await ask(page, kBarrel);
  await answered(page);
  assert.match(await page.textContent('main'), /simulated: no model connected/i);
  assert.equal(await page.inputValue('#question'), '');
  const address = page.url();
  await page.reload();
  await answered(page);
  assert.equal(page.url(), address);
  assert.match(await page.textContent('.item[aria-current]'), /rain barrel/);
  well(page);
}));

test('the council is seen at work, in two tabs, and then its answer', () => withOllama((model) => kAnswers[model], async (home, ollama) => {
  ollama.held = 'qwen3:4b';
  const page = await browser.page(home.url);
  const other = await browser.page(home.url, { colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  await connected(page);
  await connected(other);
  await page.click('label.chip >> text=Council');
  await ask(page, kBarrel);
  await page.waitForFunction(() => document.querySelector('.seats')?.textContent.includes('254.5 litres'));
  assert.match(await page.textContent('.steps .on'), /Answers 2 of 3/);
  assert.equal(await page.locator('.bar').count(), 2); // Two opinions so far.
  await shot(page, 'live');
  await other.click('.nav button >> nth=1');
  await other.click('.item');
  await other.waitForSelector('.seat');
  await shot(other, 'live-phone-dark', { fullPage: true });
  ollama.release();
  await answered(page);
  await answered(other);
  assert.match(await page.textContent('#prompt .answer'), /254/);
  await page.click('text=How they decided');
  await page.waitForSelector('.transcript article');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.transcript', { state: 'detached' });
  await shot(page, 'answer');
  await shot(other, 'answer-phone-dark', { fullPage: true });
  well(page);
  well(other);
}));

test('a page that comes late sees what was done before', () => withOllama(kAnswer, async (home, ollama) => {
  const id = await home.ask('first, so that the models are loaded');
  await home.answered(id);
  ollama.held = true;
  const late = await home.ask(kBarrel);
  await until(async () => (await home.prompt(late)).status === 'PROCESSING', 'the council works');
  await until(() => ollama.waiting.length > 0, 'a model is in the middle of its answer');
  const page = await browser.page(`${home.url}/#${late}`);
  await page.waitForSelector('.steps');
  ollama.release();
  await answered(page);
  well(page);
}));

test('a running question is cancelled, and deleted after a second click', () => withOllama(kAnswer, async (home, ollama) => {
  ollama.held = true;
  const page = await browser.page(home.url);
  await connected(page);
  await ask(page, kBarrel);
  await page.waitForSelector('.seat');
  await page.click('#prompt >> text=Cancel');
  await page.waitForFunction(() => document.querySelector('#prompt')?.textContent.includes('You cancelled'));
  await page.click('#prompt >> text=Delete');
  await page.waitForSelector('text=Delete for good?');
  await page.keyboard.press('Escape');
  await page.waitForSelector('text=Delete for good?', { state: 'detached' });
  await page.click('#prompt >> text=Delete');
  await page.click('text=Delete for good?');
  await page.waitForSelector('.examples');
  assert.equal(await page.locator('.item').count(), 0);
  well(page);
}));

test('hostile answers and questions run nothing, load nothing and stay in their place', () => withOllama(kHostile, async (home) => {
  const page = await browser.page(home.url);
  await connected(page);
  await ask(page, '<img src=x onerror=alert(8)><script>alert(9)</script> {{7*7}} "><svg onload=alert(10)>');
  await answered(page);
  await page.click('text=How they decided');
  await page.waitForSelector('.transcript article');
  await shot(page, 'hostile', { fullPage: true });
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.match(await page.textContent('h2.q'), /<img src=x onerror=alert\(8\)>/);
  const answer = page.locator('#prompt .answer').first();
  assert.equal(await answer.locator('script, img, svg, style, form, input, iframe, math, [id], [class], [onclick]').count(), 0);
  assert.equal(await page.locator('#question').count(), 1);
  assert.match(await answer.textContent(), /<script>window.hacked=1/);
  for (const link of await answer.locator('a[href]').all()) {
    assert.match(await link.getAttribute('href'), /^https?:|^mailto:/);
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
  }
  well(page);
}));

test('the page reconnects after the server was restarted, and goes on', () => withHome('sim', async (home) => {
  const page = await browser.page(home.url);
  await connected(page);
  await home.stop('SIGKILL');
  await page.waitForFunction(() => document.querySelector('#connection')?.textContent.includes('Disconnected'));
  await page.waitForSelector('text=Nothing is lost');
  await ask(page, kBarrel);
  await page.waitForSelector('#ask-error');
  assert.match(await page.textContent('#ask-error'), /Not sent.*still in the box/);
  assert.equal(await page.inputValue('#question'), kBarrel);
  await shot(page, 'server-away');
  await home.start();
  await connected(page);
  await page.press('#question', 'Enter');
  await answered(page);
  assert.equal(await page.locator('.item').count(), 1);
  const elsewhere = await home.ask('Asked from another machine?');
  await page.waitForSelector(`.item[href="#${elsewhere}"]`);
  well(page);
}));

test('everything works by keyboard', () => withHome('sim', async (home) => {
  for (let i = 1; i <= 3; i++) await home.answered(await home.ask(`Question number ${i}?`));
  const page = await browser.page(home.url);
  await connected(page);
  await page.waitForSelector('.item >> nth=2');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'question');
  await page.keyboard.type('one line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('another line');
  assert.equal(await page.inputValue('#question'), 'one line\nanother line');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'preset');
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Ask/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('h2.q')?.textContent === 'one line\nanother line');
  await answered(page);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('/');
  await page.waitForFunction(() => document.activeElement.id === 'search');
  await page.keyboard.type('number 2');
  await page.waitForFunction(() => document.querySelectorAll('.item').length === 1);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll('.item').length === 4);
  await page.focus('.item >> nth=0');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /number 3/);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('h2.q')?.textContent === 'Question number 3?');
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('h2.q')?.textContent.startsWith('one line'));
  well(page);
}));

test('the history comes in pages and is searched', () => withHome('sim', async (home) => {
  for (let i = 1; i <= 35; i++) await home.ask(`Page question ${i}?`);
  const page = await browser.page(home.url);
  await connected(page);
  await page.waitForSelector('.more');
  await page.click('.more');
  await page.waitForFunction(() => document.querySelectorAll('.item').length === 35);
  await page.waitForSelector('.more', { state: 'detached' });
  await page.fill('#search', 'question 17');
  await page.waitForFunction(() => document.querySelectorAll('.item').length === 1);
  await page.fill('#search', 'no such words');
  await page.waitForSelector('text=Nothing found');
  well(page);
}));

test('320 pixels and large text need no horizontal scrolling', () => withHome('sim', async (home) => {
  await home.answered(await home.ask(`${'W'.repeat(300)} and https://example.com/${'long/'.repeat(40)}`));
  const page = await browser.page(home.url, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
  await answered(page);
  assert.equal(await overflow(page), 0);
  await shot(page, 'phone-320', { fullPage: true });
  for (const [i, name] of ['ask', 'history', 'models'].entries()) {
    await page.tap(`.nav button >> nth=${i}`);
    await page.waitForSelector(`.nav button:nth-child(${i + 1})[aria-current]`);
    assert.equal(await overflow(page), 0, name);
    // A radio or checkbox is as large as its label.
    const targets = 'button, .item, label.chip, input:not([type=radio]):not([type=checkbox])';
    const small = await page.evaluate((selector) => [...document.querySelectorAll(selector)]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.textContent), targets);
    assert.deepEqual(small, [], `too small for a thumb in ${name}`);
  }
  const zoomed = await browser.page(home.url, { viewport: { width: 620, height: 430 } }); // 1240 at 200 %.
  await answered(zoomed);
  assert.equal(await overflow(zoomed), 0);
  well(page);
}));

test('accessibility: axe finds nothing, in light and dark, in every view', () => withOllama(kAnswer, async (home) => {
  const axe = fs.readFileSync(resolve('axe-core/axe.min.js'), 'utf8');
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.page(home.url, { colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
    await connected(page);
    await page.evaluate(axe);
    const check = async (view) => {
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
      const lines = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target + ' ' + node.failureSummary).join(' | ')}`);
      assert.deepEqual(lines, [], `${view}, ${colorScheme}`);
    };
    if (colorScheme === 'light') {
      await page.waitForSelector('.examples');
      await check('first visit');
      await ask(page, kBarrel);
    }
    await answered(page);
    await page.click('text=How they decided');
    await page.waitForSelector('.transcript article');
    await check('answer');
    await page.click('.foot button');
    await page.waitForSelector('.people');
    await check('models');
    await shot(page, `models-${colorScheme}`);
  }
}));

test('one polite line for each stage is said, and words are not', () => withOllama(kAnswer, async (home, ollama) => {
  ollama.held = true;
  const page = await browser.page(home.url);
  await connected(page);
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.getElementById('live').textContent))
      .observe(document.getElementById('live'), { childList: true, characterData: true, subtree: true });
  });
  await ask(page, kBarrel);
  await page.waitForSelector('.seat');
  ollama.release();
  await answered(page);
  const said = await page.evaluate(() => window.said);
  assert.ok(said.includes('Question sent.'), said.join());
  assert.equal(said.at(-1), 'The answer is there.');
  assert.ok(said.length <= 6, said.join());
  assert.ok(!said.join().includes('2,827'));
}));

test('states never go backwards and runs are followed by number', () => withHome('sim', async (home) => {
  const page = await browser.page(home.url);
  const result = await page.evaluate(async () => {
    const { applyEvent, applyPrompt, newState } = await import('/portal/state.js');
    const state = newState();
    const status = (word, seq) => applyEvent(state, { type: 'statusChanged', data: { id: 'a', status: word, seq } }).changed;
    const changed = [status('PENDING', 1), status('PROCESSING', 2), status('PENDING', 1), status('PENDING', 3),
      status('PROCESSING', 4), status('COMPLETED', 5), status('PROCESSING', 4), status('PENDING', 6)];
    const rest = applyPrompt(state, { id: 'a', status: 'PROCESSING', seq: 4 });
    const live = (seq, type, data) => applyEvent(state, { v: 1, runId: 'a', seq, type, data }).changed;
    const seat = { seat: 'm', stage: 'answer' };
    const followed = [live(1, 'run.started', { seats: [{ name: 'm', model: 'm:1' }] }), live(2, 'step.delta', { ...seat, text: 'x' }),
      live(2, 'step.delta', { ...seat, text: 'x' }), live(3, 'step.delta', { ...seat, text: 'y' }), live(1, 'step.delta', { ...seat, text: 'z' })];
    const resumed = live(1_000_001, 'run.started', { seats: [{ name: 'm', model: 'm:1' }] });
    return { changed, rest, status: state.prompts.get('a').status, followed, resumed, text: state.runs.get('a').seats[0].text };
  });
  assert.deepEqual(result, {
    changed: [true, true, false, true, true, true, false, false], rest: false, status: 'COMPLETED',
    followed: [true, true, false, true, false], resumed: true, text: 'xy',
  });
}));

const kLooksForEachPush = 100; // Some seconds.

// No push service can be reached from a test: the browser's part of a subscription is played, all
// else is real.
async function withPush(run) {
  const service = await new FakePushService().start();
  const subscription = service.subscription('this-browser');
  const fake = (given) => {
    let subscribed = null;
    const made = (options) => ({
      endpoint: given.endpoint, toJSON: () => given,
      options: { applicationServerKey: Uint8Array.from(atob(options.applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)).buffer },
      unsubscribe: async () => { subscribed = null; return true; },
    });
    PushManager.prototype.getSubscription = async () => subscribed;
    PushManager.prototype.subscribe = async (options) => { subscribed = made(options); return subscribed; };
  };
  try {
    await withHome('sim', (home) => run(home, service, (page) => page.addInitScript(fake, subscription)),
      { OTM_PUSH_SERVICES: service.url });
  } finally {
    service.stop();
  }
}
const notifyCard = async (page) => {
  await page.click('.foot button');
  await page.waitForSelector('#notify');
};

test('this browser is notified of an answer, once, in words that the push service cannot read', () => withPush(async (home, service, play) => {
  const page = await browser.page(home.url, { permissions: ['notifications'], init: play });
  await connected(page);
  await notifyCard(page);
  await until(async () => (await fetch(`${home.url}/api/push`)).json().then((push) => push.publicKey), 'there is a key');
  await page.click('#notify button');
  await page.waitForSelector('#notify .badge.good');
  await shot(page, 'notify-on');
  const id = await home.ask('How deep is the well?');
  await home.answered(id);
  const message = await until(() => service.messages[0], 'the message comes');
  assert.deepEqual(JSON.parse(service.open(message)), { v: 1, type: 'completed', id, excerpt: 'How deep is the well?' });
  const { publicKey } = await (await fetch(`${home.url}/api/push`)).json();
  const claims = service.verify(message, publicKey);
  assert.equal(claims.aud, service.url);
  assert.match(claims.sub, /^mailto:/);
  assert.ok(claims.exp * 1000 > Date.now() && claims.exp * 1000 < Date.now() + 86_400_000);
  assert.ok(!message.body.includes('well'));

  // The browser gets it.
  const cdp = await page.context().newCDPSession(page);
  const worker = new Promise((resolve) => cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && resolve(registrations[0])));
  await cdp.send('ServiceWorker.enable');
  const { registrationId, scopeURL } = await worker;
  assert.equal(scopeURL, `${home.url}/`);
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, tag, data }) => ({ title, body, tag, data })));
  // Chromium drops a message now and then; another one of the same tag takes the place of the first.
  const showing = async (data, tag) => {
    let looks = 0;
    return until(async () => {
      if (looks++ % kLooksForEachPush === 0) {
        await cdp.send('ServiceWorker.deliverPushMessage', { origin: home.url, registrationId, data });
      }
      return (await shown()).find((one) => one.tag === tag);
    }, `${tag} is shown`);
  };
  assert.deepEqual(await showing(service.open(message), id),
    { title: 'Your answer is ready', body: 'How deep is the well?', tag: id, data: { id } });
  // Nonsense is shown without its words, and never as markup or as another page's address.
  assert.deepEqual(await showing('{"id":"../x","excerpt":7}', 'otm'), { title: 'OTM Home', body: '', tag: 'otm', data: { id: '' } });
  // What a click does to a page that is open.
  const other = await home.ask('Another one?');
  await home.answered(other);
  await page.context().serviceWorkers()[0].evaluate(async (wanted) => {
    const [client] = await self.clients.matchAll({ type: 'window' });
    client.postMessage({ open: wanted });
  }, id);
  await page.waitForFunction((wanted) => location.hash === `#${wanted}`, id);

  assert.equal(service.messages.length, 2);
  await notifyCard(page);
  await page.click('#notify button');
  await page.waitForSelector('#notify .badge.calm');
  assert.deepEqual((await (await fetch(`${home.url}/api/push`)).json()).subscriptions, []);
  well(page);
}));

test('quiet hours are set by the clock on the wall, and a browser that may not notify says so', () => withPush(async (home, service, play) => {
  const page = await browser.page(home.url, { timezoneId: 'Europe/Berlin', permissions: [], init: play });
  await connected(page);
  await notifyCard(page);
  await page.waitForSelector('#notify .state');
  await page.click('label:has(#quiet)');
  await page.waitForSelector('#quiet-from');
  await page.fill('#quiet-from', '21:30');
  const quiet = async () => (await (await fetch(`${home.url}/api/push`)).json()).preferences?.quiet;
  await until(async () => (await quiet())?.hours === '21:30-07:00', 'they are kept');
  assert.equal((await quiet()).zone, 'Europe/Berlin');
  await page.click('label:has(#quiet)');
  await until(async () => await quiet() === null, 'they are off');
  await page.evaluate(() => Object.defineProperty(Notification, 'permission', { get: () => 'denied' }));
  await page.click('.card:not(#notify) >> text=Close');
  await notifyCard(page);
  await page.waitForFunction(() => document.querySelector('#notify').textContent.includes('refuses notifications'));
  assert.equal(await page.locator('#notify button').count(), 0);
  well(page);
}));

let passed = 0;
let failed = 0;
if (shots) fs.mkdirSync(shots, { recursive: true });
browser = await Browser.start();
for (const { name, run } of cases.filter((one) => !word || one.name.includes(word))) {
  const begin = Date.now();
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.stack).split('\n').slice(0, 14).join('\n      ')}`);
  }
}
await browser.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
