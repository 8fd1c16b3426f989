import { errorOf, HandselError, NoAnswer } from "./errors.js";
import type { Approval, Preview, UserId } from "./types.js";

export type { Preview } from "./types.js";

/** What a client is made of. */
export interface Settings {
  /** Where the server is: "https://handsel.example.com". */
  url: string;
  /** The key of the marketplace's backend: "hsk_…". It must not reach a browser. */
  apiKey: string;
  /** How often a request is sent again, when that can help; default 4. */
  retries?: number;
  /** Milliseconds that an attempt may take; default 40 s, which is more than the server takes. */
  timeout?: number;
  fetch?: typeof fetch;
  /** Waits between attempts; default: setTimeout. */
  sleep?: (milliseconds: number) => Promise<void>;
}

/** What may be said with every request. */
export interface Options {
  /** The user for whom the backend acts. */
  actor?: UserId;
  /** The member of staff who acts. */
  operator?: string;
  /** Your own id of the request, for the log. */
  requestId?: string;
  signal?: AbortSignal;
}

/** What may be said with a request that takes an idempotency key. */
export interface WriteOptions extends Options {
  /**
   * Makes the request repeatable: store it beside what you order, and send it again after a crash. Without
   * one, each call has its own, which its repeats share.
   */
  idempotencyKey?: string;
}

/** What came of a request that can move money. */
export type Outcome<T> = Done<T> | Waiting | Doubtful;

export interface Done<T> {
  outcome: "done";
  value: T;
  /** Whether this is the answer to an earlier request with the same key. */
  replayed: boolean;
}

/** Nothing is done until another operator approves. */
export interface Waiting {
  outcome: "waiting";
  approval: Approval;
}

/**
 * Nobody can tell yet whether money moved. Do not order it under another key: read the deal later, or send
 * the same request with the same key.
 */
export interface Doubtful {
  outcome: "doubtful";
  idempotencyKey: string;
  error: HandselError | NoAnswer;
}

/** The value of an outcome that is done; any other is thrown. */
export function done<T>(outcome: Outcome<T>): T {
  switch (outcome.outcome) {
    case "done":
      return outcome.value;
    case "waiting":
      throw new Error(`it waits for another operator: approval ${outcome.approval.id}`);
    case "doubtful":
      throw outcome.error;
  }
}

/** A value of a query; several have commas between them, and one with names is sent as `name[key]`. */
type Value = string | number | boolean | readonly string[] | Record<string, string> | undefined;

/** A request before it is sent. */
export interface Request {
  method: string;
  path: string;
  query?: Record<string, Value>;
  cursor?: string | undefined;
  body?: unknown;
  form?: object;
  dry?: boolean;
  keyed?: boolean;
  file?: boolean;
}

/** Sends requests, and those again that can be repeated. */
export class Core {
  private readonly url: string;
  private readonly retries: number;

  constructor(private readonly settings: Settings) {
    this.url = settings.url.replace(/\/+$/, "");
    this.retries = settings.retries ?? 4;
  }

  /** Sends a request and reads the answer; a refusal is thrown. */
  async send<T>(r: Request, options: WriteOptions = {}): Promise<T> {
    const key = r.keyed ? (options.idempotencyKey ?? crypto.randomUUID()) : options.idempotencyKey;
    return read<T>(await this.answer(r, options, key), r);
  }

  /** Sends a request that can move money. */
  async move<T>(r: Request, options: WriteOptions = {}): Promise<Outcome<T>> {
    const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
    try {
      const response = await this.answer(r, options, idempotencyKey);
      if (response.status === 202) return { outcome: "waiting", approval: (await response.json()) as Approval };
      return { outcome: "done", value: await read<T>(response, r), replayed: response.headers.get("idempotent-replayed") === "true" };
    } catch (error) {
      if (error instanceof NoAnswer || (error instanceof HandselError && error.moneyMoved === "unknown")) {
        return { outcome: "doubtful", idempotencyKey, error };
      }
      throw error;
    }
  }

  /** The answer to a request that was taken. Each repeat has the same key. */
  private async answer(r: Request, options: Options, key: string | undefined): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const error = await this.attempt(r, options, key);
      if (!(error instanceof Error)) return error;
      const repeatable = error instanceof HandselError ? error.retryable : r.method === "GET" || key !== undefined;
      if (!repeatable || attempt >= this.retries) throw error;
      const after = error instanceof HandselError ? error.retryAfter : undefined;
      await this.sleep(after !== undefined ? after * 1000 : backOff(attempt), options.signal);
    }
  }

  /** One attempt: an answer, or why there is none. Who gives up gets their own reason. */
  private async attempt(r: Request, options: Options, key: string | undefined): Promise<Response | HandselError | NoAnswer> {
    const signals = [AbortSignal.timeout(this.settings.timeout ?? 40_000)];
    if (options.signal) signals.push(options.signal);
    const send = this.settings.fetch ?? fetch;
    let response: Response;
    try {
      response = await send(this.address(r), { method: r.method, headers: this.headers(r, options, key), body: payload(r), signal: AbortSignal.any(signals), redirect: "error" });
    } catch (error) {
      options.signal?.throwIfAborted();
      return new NoAnswer(error);
    }
    return response.ok ? response : errorOf(response, r.method !== "GET");
  }

  private address(r: Request): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries<Value>({ ...r.query, cursor: r.cursor, dry_run: r.dry })) {
      if (typeof value === "object" && !isList(value)) for (const [key, text] of Object.entries(value)) query.set(`${name}[${key}]`, text);
      else if (value !== undefined) query.set(name, String(value));
    }
    return `${this.url}${r.path}${query.size > 0 ? `?${query}` : ""}`;
  }

  private headers(r: Request, options: Options, key: string | undefined): Record<string, string> {
    const all: Record<string, string> = { authorization: `Bearer ${this.settings.apiKey}` };
    if (!r.file) all["accept"] = "application/json";
    if (r.body !== undefined) all["content-type"] = "application/json";
    if (key !== undefined) all["idempotency-key"] = key;
    if (options.actor !== undefined) all["handsel-actor"] = options.actor;
    if (options.operator !== undefined) all["handsel-operator"] = options.operator;
    if (options.requestId !== undefined) all["x-request-id"] = options.requestId;
    return all;
  }

  private async sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    await (this.settings.sleep ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms))))(milliseconds);
    signal?.throwIfAborted();
  }
}

/** Between half and all of 0.25 s, 0.5 s, 1 s … 8 s. */
function backOff(attempt: number): number {
  const most = Math.min(250 * 2 ** attempt, 8000);
  return most / 2 + (Math.random() * most) / 2;
}

function payload(r: Request): BodyInit | null {
  if (r.form === undefined) return r.body === undefined ? null : JSON.stringify(r.body);
  const form = new FormData();
  for (const [name, value] of Object.entries(r.form)) {
    if (value !== undefined) form.set(name, value as string | Blob);
  }
  return form;
}

async function read<T>(response: Response, r: Request): Promise<T> {
  if (r.file) return (await response.blob()) as T;
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Array.isArray, which knows no list that cannot be written to. */
function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
