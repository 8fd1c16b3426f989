/** A part of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/**
 * A list that is read page by page while it is iterated:
 *
 *     for await (const deal of handsel.transactions.list({ state: "paid" })) …
 */
export class List<T> implements AsyncIterable<T> {
  /** Reads the page at a cursor; without one the first. */
  constructor(readonly page: (cursor?: string) => Promise<Page<T>>) {}

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.page(cursor);
      yield* page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** The first items of the list, at most so many. */
  async first(most: number): Promise<T[]> {
    const all: T[] = [];
    if (most <= 0) return all;
    for await (const item of this) {
      all.push(item);
      if (all.length >= most) break;
    }
    return all;
  }
}
