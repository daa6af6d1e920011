/** A vault that goes on receiving while a test does other things. */
import type { Bus, Delivery, Reception } from '../../../ingest/bus/bus.ts';

interface Wishes {
  readonly onDelivery?: (delivery: Delivery) => void;
  readonly reception?: Reception;
}

/** Collects what is delivered, until told to stop. */
export function receiving(bus: Bus, { onDelivery = ({ ack }: Delivery) => ack(), reception }: Wishes = {}) {
  const stop = new AbortController();
  const deliveries: Delivery[] = [];
  const heard: (() => void)[] = [];
  const running = (async () => {
    for await (const delivery of bus.receive(stop.signal, reception)) {
      deliveries.push(delivery);
      onDelivery(delivery);
      for (const wake of heard.splice(0)) wake();
    }
  })();
  return {
    deliveries,
    /** Waits until so many have come. */
    async until(count: number): Promise<readonly Delivery[]> {
      while (deliveries.length < count)
        await Promise.race([running, new Promise<void>((resolve) => heard.push(resolve))]);
      return deliveries;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
