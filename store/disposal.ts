/** Undoes what was opened, last first, unless it was moved on to whoever closes it later. */
export class AsyncDisposal {
  #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  move(): () => Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    return async () => {
      for (const step of steps.splice(0).reverse()) await step();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.move()();
  }
}
