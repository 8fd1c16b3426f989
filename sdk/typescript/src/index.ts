/** A typed client of Handsel for a marketplace's backend. */
import { Core, type Settings } from "./core.js";
import { follow, type Follow } from "./follow.js";
import { Operations } from "./operations.js";
import type { AnyEvent } from "./webhooks.js";

/** A client of one marketplace. It keeps no state and can be shared. */
export class Handsel extends Operations {
  private readonly sender: Core;

  constructor(settings: Settings) {
    const core = new Core(settings);
    super(core);
    this.sender = core;
  }

  /** Reads the log of events from a place in it on: `for await (const event of handsel.follow({ after }))`. */
  follow(from: Follow = {}): AsyncGenerator<AnyEvent> {
    return follow(this.sender, from);
  }
}

export { done, type Done, type Doubtful, type Options, type Outcome, type Settings, type Waiting, type WriteOptions } from "./core.js";
export { HandselError, NoAnswer, refused } from "./errors.js";
export type * from "./events.js";
export type { Follow } from "./follow.js";
export { List, type Page } from "./list.js";
export type { Amount, Processes } from "./processes.js";
export { isDeal, open, step, type Deal, type ProcessOf } from "./steps.js";
export type * from "./types.js";
export { dispatch, NotSigned, verify, type Check, type Event, type Handlers } from "./webhooks.js";
