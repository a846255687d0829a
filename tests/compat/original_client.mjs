// A client as the original's portal was one: KafkaJS, messages without a key or an id, a question
// recognised by its text alone.

import { Kafka, logLevel } from "kafkajs";

export const TOPICS = {
  queue: "otm-home.council.incoming.prompts",
  processed: "otm-home.council.outgoing.answers",
  saved: "otm-home.council.response.saved",
  status: "otm-home.council.prompt.status",
};

// Connects and creates the topics with the broker's defaults, as the original did; what exists stays.
export class OriginalClient {
  constructor(brokers, name) {
    this.kafka = new Kafka({ clientId: name, brokers, logLevel: logLevel.ERROR });
    this.producer = this.kafka.producer();
    this.consumer = this.kafka.consumer({ groupId: name });
    this.heard = []; // {topic, key, value} in the order of arrival.
    this.waiting = [];
  }

  async connect() {
    const admin = this.kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: Object.values(TOPICS).map((topic) => ({ topic })) });
    await admin.disconnect();
    await this.producer.connect();
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [TOPICS.status, TOPICS.saved], fromBeginning: false });
    const joined = new Promise((resolve) =>
      this.consumer.on(this.consumer.events.GROUP_JOIN, resolve),
    );
    await this.consumer.run({
      eachMessage: async ({ topic, message }) => {
        const value = JSON.parse(message.value.toString());
        this.heard.push({ topic, key: message.key?.toString(), value });
        this.waiting.forEach((look) => look());
      },
    });
    await joined;
  }

  // Sends the value as it is, without a key.
  publish(value) {
    return this.producer.send({ topic: TOPICS.queue, messages: [{ value: JSON.stringify(value) }] });
  }

  // The messages about the question with this text, so far.
  about(text, topic) {
    return this.heard.filter((one) => one.topic === topic && one.value.prompt === text);
  }

  // Resolves when `condition` holds; rejects after the deadline with what was waited for.
  until(condition, what, deadline_ms = 120_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited ${deadline_ms / 1000} s until ${what}`)),
        deadline_ms,
      );
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.waiting = this.waiting.filter((other) => other !== look);
        resolve();
      };
      this.waiting.push(look);
      look();
    });
  }

  async disconnect() {
    await this.consumer.disconnect();
    await this.producer.disconnect();
  }
}
