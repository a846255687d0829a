// The original's clients on today's council: a question published by KafkaJS as the original's
// portal published it comes back as the original's messages, on a real Kafka and a Mongo-wire server.
//
// usage: OTM_COUNCIL_BIN=… OTM_TEST_KAFKA_BROKERS=… OTM_TEST_MONGO_URLS=… node compat_test.mjs

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { after, before, test } from "node:test";

import { OriginalClient, TOPICS } from "./original_client.mjs";

const START_TRIES = 600; // Of a tenth of a second.
const CLASSIC_MS = 60_000; // The least that the original's page offered; a simulator needs none of it.
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let client;
let council;
let councilLog = "";
let councilPort;

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; ./otm test --services sets it`);
  return value;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const pause = (time_ms) => new Promise((resolve) => setTimeout(resolve, time_ms));

async function startCouncil() {
  councilPort = await freePort();
  const mongo = needed("OTM_TEST_MONGO_URLS").split(" ").at(-1);
  council = spawn(
    needed("OTM_COUNCIL_BIN"),
    [
      `--port=${councilPort}`,
      `--kafka-brokers=${needed("OTM_TEST_KAFKA_BROKERS")}`,
      "--model=sim",
    ],
    // Not all of ours: it takes OTM_TEST_KAFKA_USER for a misspelt setting.
    { env: { HOME: needed("HOME"), OTM_MONGO_URL: mongo }, stdio: ["ignore", "ignore", "pipe"] },
  );
  council.stderr.on("data", (text) => (councilLog = (councilLog + text).slice(-4000)));
  for (let tries = 0; tries < START_TRIES; tries++) {
    if (council.exitCode !== null) throw new Error(`otm-council ended: ${councilLog}`);
    const reply = await fetch(`http://127.0.0.1:${councilPort}/readyz`).catch(() => null);
    if (reply?.ok) return;
    await pause(100);
  }
  throw new Error(`otm-council is not ready: ${councilLog}`);
}

before(async () => {
  client = new OriginalClient(needed("OTM_TEST_KAFKA_BROKERS").split(","), "portal-client");
  await client.connect();
  await startCouncil();
});

after(async () => {
  council?.kill("SIGTERM");
  await client?.disconnect();
});

// Publishes, and waits for the answer; gives what was heard about it.
async function ask(value) {
  await client.publish(value);
  const saved = () => client.about(value.prompt, TOPICS.saved);
  await client.until(() => saved().length > 0, `"${value.prompt}" is saved; ${councilLog}`);
  return { states: client.about(value.prompt, TOPICS.status), saved: saved() };
}

const fresh = (text) => `${text} ${randomBytes(8).toString("hex")}`;

test("a question without key and id is followed from PENDING to its answer", async () => {
  const prompt = fresh("Why is the sky blue?");
  const { states, saved } = await ask({ prompt, discussionTimeMs: CLASSIC_MS });
  const words = states.map((one) => one.value.status);
  assert.equal(words[0], "PENDING");
  assert.ok(words.includes("PROCESSING"), words.join(" "));
  assert.equal(words.at(-1), "COMPLETED");
  const last = states.at(-1).value;
  assert.equal(typeof last.id, "string");
  assert.equal(typeof last.processingTimeMs, "number");
  assert.match(last.createdAt, ISO_TIME);
  assert.match(last.updatedAt, ISO_TIME);
  assert.ok(last.answer.length > 0);
  assert.equal(saved.length, 1);
  assert.deepEqual(
    Object.fromEntries(["id", "prompt", "answer"].map((name) => [name, saved[0].value[name]])),
    { id: last.id, prompt, answer: last.answer },
  );
  assert.match(saved[0].value.createdAt, ISO_TIME);
});

test("a time that the original never checked is taken, and so is none", async () => {
  for (const more of [{ discussionTimeMs: 0 }, { discussionTimeMs: -5 }, {}]) {
    const { states } = await ask({ prompt: fresh("And now?"), ...more });
    assert.equal(states.at(-1).value.status, "COMPLETED");
  }
});

test("a message that is none blocks nobody", async () => {
  await client.producer.send({
    topic: TOPICS.queue,
    messages: [{ value: "{" }, { value: "[]" }, { value: '{"prompt":7}' }, { value: null }],
  });
  const { states } = await ask({ prompt: fresh("Still there?") });
  assert.equal(states.at(-1).value.status, "COMPLETED");
});

test("the council's REST API shows the question as the original did", async () => {
  const prompt = fresh("Who are you?");
  const { states } = await ask({ prompt });
  const id = states.at(-1).value.id;
  const get = async (path) => {
    const reply = await fetch(`http://127.0.0.1:${councilPort}/council/${path}`);
    return { status: reply.status, body: await reply.json() };
  };
  const one = await get(`prompts/${id}`);
  assert.equal(one.status, 200);
  assert.equal(one.body.prompt, prompt);
  assert.equal(one.body.status, "COMPLETED");
  const done = await get("prompts/status/COMPLETED");
  assert.ok(done.body.prompts.some((each) => each.prompt === prompt));
  assert.equal((await get("prompts/status/DONE")).status, 400);
  assert.deepEqual((await get("health")).body.status, "healthy");
});
