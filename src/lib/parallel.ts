/** Runs work on items with bounded concurrency. Returns the results in the items' order. */
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

/** Splits items into chunks of at most `size`. */
export const inChunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/**
 * Reads items ahead of the consumer and yields the results in the items' order. An error of a read is thrown when its
 * result is due. A consumer that stops early waits until the pending reads have ended.
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

/** Waits until all promises have settled. Then returns their results or throws the first failure in their order. */
export async function together<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

export type Work = ReturnType<typeof openWork>;

/** Tracks work that starts now and is awaited later, or never if something else fails first. */
export function openWork() {
  const begun: Promise<unknown>[] = [];
  let isEnding = false;
  return {
    /** Tracks a promise and returns it. A failure is thrown only where the promise is awaited. */
    start<T>(work: Promise<T>): Promise<T> {
      work.catch(() => {});
      begun.push(work);
      return work;
    },
    /** Tells whether `ended` was called, so that long work can stop early. */
    isEnding: (): boolean => isEnding,
    /** Resolves once all tracked work has settled. */
    async ended(): Promise<void> {
      isEnding = true;
      await Promise.allSettled(begun);
    },
  };
}

/**
 * Returns a function that runs work for one item at a time. While work is running, only the newest item waits
 * for the next run. Each call resolves when its own or a newer item is done. After a failure no more work runs.
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

/** Returns a function that runs at most `atOnce` pieces of work at a time. Other work waits its turn. */
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
