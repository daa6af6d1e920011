/**
 * The vault's end of the bus. Messages are handed on as they come and acknowledged in any order; the group's offset
 * follows behind what is acknowledged without a gap, so that a kill at any moment loses nothing.
 *
 * Offsets are committed here and not by kafkajs: its automatic commits know only "processed", which for us would mean
 * waiting for each landing before the next fetch, and they forget what was resolved when the group rebalances.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { heldBytes, type Reception } from './bus.ts';
import { FetchGate, fetchBytesOfPartitionMax } from './fetch-gate.ts';
import { Inbox } from './inbox.ts';
import {
  type Cluster,
  type Consumer,
  type EachBatchPayload,
  faultOf,
  type Kafka,
  PartitionAssigners,
} from './kafka.ts';
import { unreadOf } from './kafka-codecs.ts';
import { LeasedPartition } from './leased-partition.ts';
import { Lookout, lookEveryMs, topicAndPartition } from './lookout.ts';
import { Membership } from './membership.ts';
import { copyOf, type Received } from './received.ts';

const fetchBytesMax = 4 * 1024 * 1024;
/** A fetch waits until there is so much, or so long: with hundreds of topics each one has its price. */
const fetchBytesMin = 256 * 1024;
const fetchWaitMs = 500;
const commitEveryMs = 250;
const gateEveryMs = 100;
/** The broker's least. A lander that was killed and does not come back holds its partitions for so long. */
const sessionMs = 6_000;
const heartbeatMs = 1_500;
const rebalanceMs = 10_000;
/** New topics are looked for this often. */
const topicsEveryMs = 30_000;
const restartMsMax = 2_000;
/** What cannot be read is looked at again so often: somebody may have removed it. */
const heldMs = 60_000;
/** Whoever says nothing wants all at once. */
const unhurried: Reception = { restMs: () => 0, onCame: () => undefined };

export interface ReceiverDeps {
  readonly kafka: Kafka;
  readonly group: string;
  /** The topics wanted. Those that are not there yet are looked for again. */
  readonly topics: () => readonly string[];
  /** Where it is remembered which member this receiver was; `undefined`: in this process alone. */
  readonly memberFile?: string | undefined;
  /** False: the group stays where it is, whatever is acknowledged. */
  readonly commits?: boolean;
  /** True: what holds a partition up ends it all, as CONFIG_INVALID; whoever waits for a certain message would wait for ever. */
  readonly endsHeldUp?: boolean;
  readonly log: Log;
}

export class KafkaReceiver {
  readonly #deps: ReceiverDeps;
  readonly #leases = new Map<string, LeasedPartition>();
  readonly #gate = new FetchGate();
  readonly #lookout: Lookout;
  #reception: Reception = unhurried;
  #assignments = 0;
  #consumer: Consumer | undefined;
  readonly #membership: Membership;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
    this.#membership = new Membership(deps.memberFile);
    this.#lookout = new Lookout(this.#leases, deps.log);
  }

  /** Ends when the signal is aborted. Throws what no waiting will put right. */
  async *receive(signal: AbortSignal, reception: Reception = unhurried): AsyncGenerator<Received> {
    // Whoever received before is gone, and with them what they had under way.
    this.#leases.clear();
    this.#gate.open();
    this.#reception = reception;
    for (let failures = 0; !signal.aborted; ) {
      const inbox = new Inbox<Received>();
      const stop = () => inbox.end(undefined);
      signal.addEventListener('abort', stop, { once: true });
      try {
        await using _session = await this.#open(inbox);
        while (!signal.aborted) {
          await inbox.untilNews();
          const next = inbox.received.shift();
          if (next) {
            failures = 0;
            yield next;
          } else if (inbox.ended) break;
        }
      } catch (error) {
        inbox.end(faultOf(error, 'receiving'));
      }
      signal.removeEventListener('abort', stop);
      // What was fetched and not handed on comes again.
      for (const { topic, partition, offset } of inbox.received)
        this.#leases.get(`${topic} ${partition}`)?.done(offset);
      const fault = inbox.ended?.fault;
      if (!fault || signal.aborted) continue;
      if (!fault.retry) throw fault;
      failures += 1;
      const waitMs = Math.min(restartMsMax, 200 * 2 ** Math.min(failures, 10));
      this.#deps.log.warn({ code: fault.code, failures, waitMs, ...fault.about }, 'nothing is received, will retry');
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #open(inbox: Inbox<Received>): Promise<AsyncDisposable> {
    const { kafka, group, log } = this.#deps;
    const topics = await this.#topicsThere();
    const timers = [setInterval(() => void this.#lookForTopics(topics, inbox), topicsEveryMs)];
    let ownCluster: Cluster | undefined;
    const consumer = kafka.consumer({
      groupId: group,
      partitionAssigners: [
        (given) => {
          ownCluster = given.cluster;
          return PartitionAssigners.roundRobin(given);
        },
      ],
      sessionTimeout: sessionMs,
      heartbeatInterval: heartbeatMs,
      rebalanceTimeout: rebalanceMs,
      minBytes: fetchBytesMin,
      maxBytes: fetchBytesMax,
      maxBytesPerPartition: fetchBytesOfPartitionMax,
      maxWaitTimeInMs: fetchWaitMs,
      allowAutoTopicCreation: false,
      // A consumer that crashed is replaced here, where it is counted and its reason is known.
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: () => Promise.resolve(false) },
    });
    const close = async () => {
      for (const timer of timers) clearInterval(timer);
      this.#consumer = undefined;
      await this.#commit(consumer);
      for (const lease of this.#leases.values()) lease.revoke();
      await consumer.disconnect().catch(() => undefined);
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#membership.joinedAs(payload.memberId);
      this.#assigned(consumer, payload.memberAssignment);
    });
    consumer.on(consumer.events.REBALANCING, () => this.#revokeAll());
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => inbox.end(faultOf(error, `receiving as ${group}`)));
    try {
      if (topics.length > 0) {
        await consumer.connect();
        if (ownCluster) await this.#membership.leaveFormer(ownCluster, group, log);
        await consumer.subscribe({ topics, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: (batch) => this.#take(batch, consumer, inbox),
        });
        this.#consumer = consumer;
        timers.push(setInterval(() => void this.#commit(consumer), commitEveryMs));
        timers.push(setInterval(() => this.#holdBack(consumer), gateEveryMs));
        const cluster = ownCluster;
        if (cluster) timers.push(setInterval(() => void this.#look(cluster), lookEveryMs));
      }
      log.debug({ topics: topics.length }, 'receiving');
    } catch (error) {
      await close();
      throw error;
    }
    return { [Symbol.asyncDispose]: close };
  }

  async #topicsThere(): Promise<string[]> {
    const admin = this.#deps.kafka.admin();
    try {
      await admin.connect();
      const there = new Set(await admin.listTopics());
      return this.#deps.topics().filter((topic) => there.has(topic));
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Ends the session when the topics are no longer those it began with; the next begins with all. */
  async #lookForTopics(before: readonly string[], inbox: Inbox<Received>): Promise<void> {
    try {
      const now = await this.#topicsThere();
      if (now.join() !== before.join()) inbox.end(undefined);
    } catch (error) {
      const { code, about } = faultOf(error, 'looking for topics');
      this.#deps.log.debug({ code, ...about }, 'the list of topics did not come');
    }
  }

  #assigned(consumer: Consumer, assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#revokeAll();
    this.#assignments += 1;
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const name = `${topic} ${partition}`;
        const lease = this.#leases.get(name) ?? new LeasedPartition();
        this.#leases.set(name, lease);
        lease.lease();
      }
    }
    for (const [name, lease] of this.#leases) if (!lease.leased && lease.empty) this.#leases.delete(name);
    const paused = this.#gate.open();
    if (paused.length > 0) consumer.resume(paused.map(placeOf));
    this.#holdBack(consumer);
  }

  #revokeAll(): void {
    for (const lease of this.#leases.values()) lease.revoke();
  }

  async #take(payload: EachBatchPayload, consumer: Consumer, inbox: Inbox<Received>): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const { topic, partition } = batch;
    const lease = this.#leases.get(`${topic} ${partition}`);
    // Not ours any more: unresolved, it is left for whoever has the partition.
    if (!lease?.leased || !isRunning() || isStale() || inbox.ended) return;
    const now = Date.now();
    const since = this.#reception.restMs() > 0 ? (lease.emptiedAt ?? now) : now;
    let bytes = 0;
    let position = Number(batch.lastOffset()) + 1;
    for (const message of batch.messages) {
      const received = copyOf(message, {
        topic,
        partition,
        lease: this.#assignments,
        since,
        ack: () => this.#done(lease, Number(message.offset)),
      });
      const unread = unreadOf(received);
      if (unread) {
        this.#holdUp(lease, unread, inbox);
        position = received.offset;
        break;
      }
      const held = heldBytes(received.value);
      bytes += held;
      if (lease.admit(received.offset, held)) inbox.add(received);
      // Where the next fetch begins; nothing is committed by it.
      resolveOffset(message.offset);
    }
    this.#gate.fetched(`${topic} ${partition}`, batch.messages.length, bytes, now);
    if (!lease.fetched(position, Number(batch.highWatermark), now)) this.#lookout.left(now);
    this.#holdBack(consumer);
    await heartbeat();
  }

  /** Nothing behind it is taken: it may be batches, and they come in order. */
  #holdUp(lease: LeasedPartition, fault: Fault, inbox: Inbox<Received>): void {
    lease.heldUntil = Date.now() + heldMs;
    if (this.#deps.endsHeldUp) inbox.end(fault);
    else this.#deps.log.error(fault.about, fault.message);
  }

  #done(lease: LeasedPartition, offset: number): void {
    lease.done(offset);
    if (this.#consumer && !this.#gate.isOpen) this.#holdBack(this.#consumer);
  }

  #holdBack(consumer: Consumer): void {
    const { pause, resume } = this.#gate.turn(this.#leases, Date.now(), this.#reception.restMs());
    if (pause.length > 0) consumer.pause(pause.map(placeOf));
    if (resume.length > 0) consumer.resume(resume.map(placeOf));
  }

  async #look(cluster: Cluster): Promise<void> {
    const assignment = this.#assignments;
    const sight = await this.#lookout.look(cluster, this.#gate.isOpen, () => assignment === this.#assignments);
    if (sight && sight.came > 0) this.#reception.onCame(sight.came, sight.partitions);
  }

  async #commit(consumer: Consumer): Promise<void> {
    const due = [...this.#leases].flatMap(([name, lease]) => {
      const offset = lease.committable;
      return offset === undefined ? [] : [{ name, lease, offset }];
    });
    if (due.length === 0 || this.#deps.commits === false) return;
    try {
      await consumer.commitOffsets(
        due.map(({ name, offset }) => ({ ...topicAndPartition(name), offset: `${offset}` })),
      );
      for (const { lease, offset } of due) lease.committed(offset);
    } catch (error) {
      // Tried again at the next turn, or redelivered: landing is once only, whatever is delivered twice.
      const { code, about } = faultOf(error, 'committing');
      this.#deps.log.debug({ code, ...about }, 'offsets were not committed');
    }
  }
}

function placeOf(name: string): { topic: string; partitions: number[] } {
  const { topic, partition } = topicAndPartition(name);
  return { topic, partitions: [partition] };
}
