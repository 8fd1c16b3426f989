import type { EventData } from "./events.js";

export type EventType = keyof EventData;

/** Something that happened. A thin payload has no data. */
export interface Event<T extends EventType = EventType> {
  id: string;
  type: T;
  /** 1, 2, 3 … per community without gaps. */
  sequence: number;
  occurred_at: string;
  api_version: string;
  community_id: number;
  object: { type: string; id: string; number?: number; external_reference: string | null };
  data?: EventData[T];
}

/** An event of any type: `switch (event.type)` tells which data it has. */
export type AnyEvent = { [T in EventType]: Event<T> }[EventType];

/** Why a webhook is not believed. */
export class NotSigned extends Error {
  override readonly name = "NotSigned";
}

/** How a webhook is checked. */
export interface Check {
  /** Seconds by which its time may differ from now; default 300. */
  tolerance?: number;
  /** Milliseconds since 1970; default: the clock of this machine. */
  now?: number;
}

type Headers = { get(name: string): string | null } | Record<string, string | string[] | undefined>;

/**
 * Verifies a webhook by Standard Webhooks and reads its event. The body has to be the raw one, as it came. A secret
 * is `whsec_…`, or of an endpoint that signs with ed25519 its public key, `whpk_…`. During a rotation give both. An endpoint may be told the same event twice: remember ids, or be idempotent.
 */
export async function verify(body: string | Uint8Array, headers: Headers, secrets: string | string[], check: Check = {}): Promise<AnyEvent> {
  const [id, at, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !at || !signatures) throw new NotSigned("a header of the signature is missing");
  const seconds = (check.now ?? Date.now()) / 1000;
  if (!/^\d+$/.test(at) || Math.abs(seconds - Number(at)) > (check.tolerance ?? 300)) throw new NotSigned("it is too old, or not yet due");
  const raw = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = join(new TextEncoder().encode(`${id}.${at}.`), raw);
  for (const secret of [secrets].flat()) {
    const signer = await signerOf(secret);
    for (const signature of signatures.split(" ")) {
      if (!signature.startsWith(signer.scheme)) continue;
      const given = attempt(() => bytes(signature.slice(signer.scheme.length)));
      if (given && (await crypto.subtle.verify(signer.key.algorithm.name, signer.key, given, signed))) {
        return JSON.parse(new TextDecoder().decode(raw)) as AnyEvent;
      }
    }
  }
  throw new NotSigned("no signature is right");
}

/** The key of a secret, and how the signatures begin that it is for. */
async function signerOf(secret: string): Promise<{ scheme: string; key: CryptoKey }> {
  const asymmetric = secret.startsWith("whpk_");
  const text = attempt(() => bytes(secret.replace(/^wh(sec|pk)_/, "")));
  if (!text?.length || (asymmetric && text.length !== 32)) throw new TypeError("a secret of webhooks is whsec_… or a public key, whpk_…");
  const algorithm = asymmetric ? { name: "Ed25519" } : { name: "HMAC", hash: "SHA-256" };
  return { scheme: asymmetric ? "v1a," : "v1,", key: await crypto.subtle.importKey("raw", text, algorithm, false, ["verify"]) };
}

/** What is done with events, by type; "*" is for those without a handler of their own. */
export type Handlers = { [T in EventType]?: (event: Event<T>) => unknown } & { "*"?: (event: AnyEvent) => unknown };

/** Gives an event to the handler of its type. Types that are new and have none are passed over. */
export async function dispatch(event: AnyEvent, handlers: Handlers): Promise<void> {
  const handler = (handlers[event.type] ?? handlers["*"]) as ((event: AnyEvent) => unknown) | undefined;
  await handler?.(event);
}

function header(all: Headers, name: string): string | undefined {
  if (typeof all.get === "function") return (all.get as (name: string) => string | null)(name) ?? undefined;
  const value = (all as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value[0] : value;
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
