/** Does the work for each item, at most so many at a time, begun in their order. Throws the first failure. */
export async function eachAtOnce<Item>(
  items: Iterable<Item>,
  atOnceMax: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  // One iterator for all: each takes the next.
  const queue = items[Symbol.iterator]();
  const take = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnceMax }, take));
}
