// What the browser test needs around its cases: a real otm-home, a model server that says what the
// test wants, and a Chromium whose pages are watched for anything that should not happen.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const kPieceMs = 150;
export const kPatienceMs = 60_000; // For anything that a loaded machine should do in a second.

const require = createRequire(import.meta.url);

export const resolve = (name) => found(() => require.resolve(name), name);
const need = (name) => found(() => require(name), name);

function found(look, name) {
  try {
    return look();
  } catch {
    console.error(`${name} is not installed; run: npm ci --prefix tests/e2e`);
    process.exit(1);
  }
}

export async function until(ready, what, patienceMs = kPatienceMs) {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    const value = await ready();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not in ${patienceMs / 1000} s: ${what}`);
}

// One otm-home on a data folder of its own; stopped and started again on the same port.
export class Home {
  constructor(program, model, environment = {}) {
    this.program = program;
    this.environment = environment;
    this.model = model;
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'otm-browser-'));
    this.port = 0;
    this.log = '';
  }

  async start() {
    const runFile = path.join(this.data, 'otm-home.run');
    fs.rmSync(runFile, { force: true });
    const options = ['--data', this.data, '--port', String(this.port), '--model', this.model];
    this.process = spawn(this.program, [...options, '--prompts-per-hour', '1000'], {
      stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...this.environment },
    });
    this.process.stderr.on('data', (bytes) => { this.log = (this.log + bytes).slice(-20_000); });
    this.ended = new Promise((resolve) => this.process.on('exit', resolve));
    await until(() => {
      if (this.process.exitCode !== null) throw new Error(`otm-home ended: ${this.log}`);
      return fs.existsSync(runFile);
    }, 'otm-home listens');
    const [, url] = fs.readFileSync(runFile, 'utf8').trim().split(/\s+/);
    this.url = url.replace(/\/$/, '');
    this.port = Number(new URL(url).port);
    return this;
  }

  async stop(signal = 'SIGTERM') {
    if (this.process.exitCode === null) this.process.kill(signal);
    await this.ended;
  }

  async remove() {
    await this.stop('SIGKILL');
    fs.rmSync(this.data, { recursive: true, force: true });
  }

  async ask(prompt) {
    const response = await fetch(`${this.url}/api/prompts`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ prompt }),
    });
    if (response.status !== 202) throw new Error(`POST gave ${response.status}: ${await response.text()}`);
    return (await response.json()).id;
  }

  async prompt(id) {
    return (await fetch(`${this.url}/api/prompts/${id}`)).json();
  }

  async answered(id) {
    return until(async () => {
      const prompt = await this.prompt(id);
      return ['COMPLETED', 'CACHED', 'FAILED', 'CANCELLED'].includes(prompt.status) && prompt;
    }, `${id} is answered`);
  }
}

// Speaks as much of Ollama's API as a council needs. Its models say `pieces` (or what it gives for a
// model), one after the other; the model `held`, or with true every one, keeps the last piece back.
export class FakeOllama {
  constructor(pieces) {
    this.pieces = pieces;
    this.held = false;
    this.waiting = [];
    this.server = http.createServer((request, response) => this.serve(request, response));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  release() {
    this.held = false;
    for (const go of this.waiting.splice(0)) go();
  }

  stop() {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
  }

  async serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const model = (name, family) => ({
      name, model: name, size: 1000, digest: '0'.repeat(64), capabilities: ['completion'],
      details: { family, families: [family], parameter_size: '4B', format: 'gguf' },
    });
    const json = (value) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(value));
    };
    const models = [model('gemma3:4b', 'gemma3'), model('qwen3:4b', 'qwen3'), model('llama3.2:3b', 'llama')];
    if (request.url === '/api/tags') return json({ models });
    if (request.url === '/api/ps') return json({ models: [] });
    if (request.url === '/api/version') return json({ version: '0.17.4' });
    if (request.url === '/api/show') return json({ capabilities: ['completion'], details: models[0].details, model_info: {} });
    if (request.url !== '/api/chat') return response.end('Ollama is running');
    const name = JSON.parse(Buffer.concat(chunks)).model;
    response.setHeader('Content-Type', 'application/x-ndjson');
    const line = (fields) => response.write(`${JSON.stringify({ model: name, ...fields })}\n`);
    const pieces = typeof this.pieces === 'function' ? this.pieces(name) : this.pieces;
    for (const [i, content] of pieces.entries()) {
      // The council sends what has come for at least 120 ms.
      await new Promise((resolve) => setTimeout(resolve, kPieceMs));
      const last = i === pieces.length - 1;
      if (last && (this.held === true || this.held === name)) await new Promise((resolve) => this.waiting.push(resolve));
      line({ message: { role: 'assistant', content }, done: false });
    }
    line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 40,
      prompt_eval_count: 20, eval_duration: 1e9 });
    return response.end();
  }
}

// Opens pages and notes what no page of ours may do: errors, dialogs, violations of the policy,
// requests to anywhere else.
export class Browser {
  static async start() {
    const browser = new Browser();
    const { chromium } = need('playwright-core');
    browser.chromium = await chromium.launch({
      executablePath: process.env.OTM_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'], // Tests run as root in containers.
    });
    return browser;
  }

  // `init` may prepare the page before it is loaded.
  async page(url, { init, ...options } = {}) {
    const context = await this.chromium.newContext({ viewport: { width: 1240, height: 860 }, ...options });
    const page = await context.newPage();
    await init?.(page);
    page.setDefaultTimeout(kPatienceMs);
    page.misdeeds = [];
    page.on('pageerror', (error) => page.misdeeds.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      page.misdeeds.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('console', (message) => {
      // A server that was stopped on purpose is not the page's fault.
      if (/ERR_(CONNECTION|EMPTY_RESPONSE|INCOMPLETE)|status of 404/.test(message.text())) return;
      if (['error', 'warning'].includes(message.type())) page.misdeeds.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const target = new URL(request.url());
      if (target.protocol !== 'data:' && target.host !== new URL(url).host) page.misdeeds.push(`left the house: ${target}`);
    });
    await page.goto(url);
    return page;
  }

  stop() {
    return this.chromium.close();
  }
}
