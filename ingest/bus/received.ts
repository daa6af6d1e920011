/** A message as a receiver hands it on. */
import type { Instant } from '../../core/types.ts';
import type { KafkaMessage } from './kafka.ts';

export interface Received {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Rises with each assignment of partitions: another member may have had this one before it. */
  readonly lease: number;
  /** It came no earlier. */
  readonly since: Instant;
  readonly key: string;
  /** Latin-1, since all of ours are ASCII. */
  readonly headers: Readonly<Record<string, string>>;
  /** A copy: the library's are slices of whole fetches. */
  readonly value: Buffer;
  readonly ack: () => void;
}

export function copyOf(
  message: KafkaMessage,
  from: Pick<Received, 'topic' | 'partition' | 'lease' | 'since' | 'ack'>,
): Received {
  const headers: Record<string, string> = {};
  for (const [name, given] of Object.entries(message.headers ?? {})) {
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.toString('latin1');
  }
  return {
    ...from,
    offset: Number(message.offset),
    key: message.key?.toString('latin1') ?? '',
    headers,
    value: Buffer.from(message.value ?? ''),
  };
}
