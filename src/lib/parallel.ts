/** Does work on items with bounded concurrency; the results are in the items' order. */
export async function inParallel<T, R>(
  concurrency: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length });
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(concurrency, items.length) }, async () => {
      for (const [index, item] of queue) results[index] = await work(item);
    }),
  );
  return results;
}

/** Items in groups of at most so many. */
export const inChunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/**
 * Begins to read, so many items ahead of what is taken; yields in the items' order. What a read has thrown is thrown when
 * its turn comes. Whoever takes no more waits until nothing is being read.
 */
export function readAhead<T, R>(
  ahead: number,
  items: readonly T[],
  read: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const reading: Promise<R>[] = [];
  const queue = items.values();
  const begin = () => {
    for (const item of queue) {
      const result = read(item);
      result.catch(() => {});
      reading.push(result);
      if (reading.length >= ahead) return;
    }
  };
  async function* inOrder() {
    try {
      for (let next = reading.shift(); next !== undefined; next = reading.shift()) {
        begin();
        yield await next;
      }
    } finally {
      await Promise.allSettled(reading);
    }
  }
  begin();
  return inOrder();
}

/** All of what is under way, once all of it has ended; the first failure is thrown then, not before. */
export async function together<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

export type Work = ReturnType<typeof openWork>;

/** Work that is begun now and awaited later, or never if something else fails before. */
export function openWork() {
  const begun: Promise<unknown>[] = [];
  let isEnding = false;
  return {
    /** Notes work that has begun; its failure is thrown where it is awaited. */
    start<T>(work: Promise<T>): Promise<T> {
      work.catch(() => {});
      begun.push(work);
      return work;
    },
    /** Whether somebody waits for the end. */
    isEnding: (): boolean => isEnding,
    /** Resolves once nothing of it is under way, however it ended. */
    async ended(): Promise<void> {
      isEnding = true;
      await Promise.allSettled(begun);
    },
  };
}

/**
 * Work that is done one after another and only for the newest item: those that come while it is busy give way to the
 * last of them. Each answers when an item as new as its own is done; after a failure nothing more is.
 */
export function forNewest<T>(work: (item: T) => Promise<void>): (item: T) => Promise<void> {
  let newest: T;
  let isWaiting = false;
  let last: Promise<void> = Promise.resolve();
  return (item) => {
    newest = item;
    if (isWaiting) return last;
    isWaiting = true;
    last = last.then(() => {
      isWaiting = false;
      return work(newest);
    });
    last.catch(() => {});
    return last;
  };
}

/** Lets so much work through at a time; what comes while it is full waits its turn. */
export function gate(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
