/**
 * The edge's end of the bus. What is sent into one topic arrives in the order sent, also over failures: a message is
 * retried here, and those after it wait. A topic that is refused holds up no other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, isFault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { faultOf, type Kafka, Partitioners, type Producer } from './kafka.ts';

/** A broker refuses more than 1 MiB for a partition at once; headers and framing take their part. */
const topicBytesMax = 900 * 1024;
const requestBytesMax = 8 * 1024 * 1024;
const restMsMin = 100;
const restMsMax = 2_000;
/** Failures at `restMsMax` apart. */
const toldEvery = 30;
/** Of a message's headers and framing, about. */
const framingBytes = 1_024;

export interface Message {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

interface Waiting {
  readonly message: Message;
  readonly settle: (error?: unknown) => void;
}

interface Lane {
  readonly topic: string;
  /** Oldest first. */
  waiting: Waiting[];
  failures: number;
  restUntil: number;
}

type Load = ReadonlyMap<Lane, readonly Waiting[]>;

export class KafkaSender {
  readonly #kafka: Kafka;
  readonly #log: Log;
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = new AbortController();
  #producer: Producer | undefined;
  #pumping: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(kafka: Kafka, log: Log) {
    this.#kafka = kafka;
    this.#log = log;
  }

  /** Resolves when as many brokers hold it as its topic asks for; rejects only when the signal is aborted. */
  send(message: Message, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const lane = this.#laneOf(message.topic);
      const settle = (error?: unknown) => {
        signal.removeEventListener('abort', giveUp);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiting: Waiting = { message, settle };
      const giveUp = () => {
        lane.waiting = lane.waiting.filter((one) => one !== waiting);
        settle(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      lane.waiting.push(waiting);
      this.#wake?.();
      this.#pumping ??= this.#pump();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#pumping;
    await this.#dropProducer();
  }

  #laneOf(topic: string): Lane {
    const known = this.#lanes.get(topic);
    if (known) return known;
    const lane: Lane = { topic, waiting: [], failures: 0, restUntil: 0 };
    this.#lanes.set(topic, lane);
    return lane;
  }

  async #pump(): Promise<void> {
    // One request at a time, so that nothing can overtake; what comes meanwhile goes with the next.
    while (!this.#closing.signal.aborted) {
      const load = this.#nextLoad(performance.now());
      if (load.size > 0) await this.#carry(load);
      else if (!(await this.#untilMore())) break;
    }
    this.#pumping = undefined;
  }

  /** False when nothing waits. */
  async #untilMore(): Promise<boolean> {
    const rests = [...this.#lanes.values()].filter(({ waiting }) => waiting.length > 0).map((lane) => lane.restUntil);
    if (rests.length === 0) return false;
    const over = new AbortController();
    this.#wake = () => over.abort();
    const waitMs = Math.max(1, Math.min(...rests) - performance.now());
    const signal = AbortSignal.any([over.signal, this.#closing.signal]);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    this.#wake = undefined;
    return true;
  }

  /** The lanes that may go together; one that failed before goes alone until it succeeds. */
  #nextLoad(now: number): Load {
    const ready = [...this.#lanes.values()].filter(({ waiting, restUntil }) => waiting.length > 0 && restUntil <= now);
    const suspect = ready.find(({ failures }) => failures > 0);
    const load = new Map<Lane, readonly Waiting[]>();
    let bytes = 0;
    for (const lane of suspect ? [suspect] : ready) {
      if (bytes >= requestBytesMax) break;
      const part = oldest(lane.waiting);
      load.set(lane, part);
      bytes += bytesOf(part);
    }
    return load;
  }

  async #carry(load: Load): Promise<void> {
    try {
      const producer = await this.#connected();
      await producer.sendBatch({
        acks: -1,
        topicMessages: [...load].map(([{ topic }, part]) => ({
          topic,
          messages: part.map(({ message: { key, headers, value } }) => ({ key, headers, value })),
        })),
      });
    } catch (error) {
      // With the producer goes its numbering: what a lost answer left half known must not be taken for a repeat.
      await this.#dropProducer();
      this.#rest(load, faultOf(error, `sending to ${[...load.keys()].map(({ topic }) => topic).slice(0, 3)}`));
      return;
    }
    for (const [lane, part] of load) {
      const gone = new Set(part);
      lane.waiting = lane.waiting.filter((one) => !gone.has(one));
      lane.failures = 0;
      for (const { settle } of part) settle();
    }
  }

  #rest(load: Load, fault: Fault): void {
    const now = performance.now();
    const together = load.size > 1 && !isFault(fault, 'BROKER_UNREACHABLE');
    for (const lane of load.keys()) {
      lane.failures += 1;
      // Of several, one was refused: each is tried alone at once to find out which.
      const restMs = together ? 0 : Math.min(restMsMax, restMsMin * 2 ** Math.min(lane.failures, 10));
      lane.restUntil = now + restMs;
    }
    const [first] = load.keys();
    const about = { code: fault.code, topics: load.size, topic: first?.topic, attempt: first?.failures };
    if (!together && isTold(first?.failures ?? 0))
      this.#log.warn({ ...about, ...fault.about }, 'the brokers took nothing, will retry');
  }

  async #connected(): Promise<Producer> {
    if (this.#producer) return this.#producer;
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}

const bytesOf = (part: readonly Waiting[]): number =>
  part.reduce((sum, { message }) => sum + message.value.length + framingBytes, 0);

/** The first failures one by one, then fewer, and later about one a minute: each client's topic has lines of its own. */
export const isTold = (failures: number): boolean =>
  failures < toldEvery ? Number.isInteger(Math.log2(failures)) : failures % toldEvery === 0;

/** As many as a partition takes at once, or one. */
function oldest(waiting: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex(({ message }, index) => {
    bytes += message.value.length + framingBytes;
    return index > 0 && bytes > topicBytesMax;
  });
  return end < 0 ? [...waiting] : waiting.slice(0, end);
}
