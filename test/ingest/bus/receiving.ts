/** A vault that goes on receiving while a test does other things. */
import type { Bus, Delivery } from '../../../ingest/bus/bus.ts';

/** Collects what is delivered, until told to stop. */
export function receiving(bus: Bus, onDelivery: (delivery: Delivery) => void = ({ ack }) => ack()) {
  const stop = new AbortController();
  const deliveries: Delivery[] = [];
  const heard: (() => void)[] = [];
  const running = (async () => {
    for await (const delivery of bus.receive(stop.signal)) {
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
