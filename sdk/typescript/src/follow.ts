import type { Core } from "./core.js";
import type { EventFilter } from "./types.js";
import type { AnyEvent } from "./webhooks.js";

/** Which events are followed. */
export interface Follow {
  /** The sequence of the last event that was worked through; default 0: from the beginning. Store it with your own work. */
  after?: number;
  /** Where there is no `after`: "now" begins behind the newest event, when the first one is asked for. */
  from?: "now";
  /** Types, "noun.*", or "*"; default: all. */
  types?: readonly EventFilter[];
  /** Only the events of one deal. */
  transaction?: string;
  /** Seconds that the server waits for the next one, at most 30; default 25. 0: end where there are no more. */
  wait?: number;
  signal?: AbortSignal;
}

/** Reads the log of events in its order, each once, and waits for the next ones until the signal. */
export async function* follow(core: Core, f: Follow = {}): AsyncGenerator<AnyEvent> {
  let place: { after: number } | { from: "now" } = f.after === undefined && f.from ? { from: f.from } : { after: f.after ?? 0 };
  const wait = f.wait ?? 25;
  const query = { type: f.types?.join(","), transaction: f.transaction, wait: wait || undefined };
  for (;;) {
    const page = await core.send<{ items: AnyEvent[]; next_after: number; has_more: boolean }>(
      { method: "GET", path: "/v1/events", query: { ...query, ...place } },
      f.signal ? { signal: f.signal } : {},
    );
    yield* page.items;
    place = { after: page.next_after };
    if (wait === 0 && !page.has_more) return;
    f.signal?.throwIfAborted();
  }
}
