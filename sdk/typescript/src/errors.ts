import type { Code, MoneyMoved, Problem } from "./types.js";

/** A refusal. Decide by its code; the message is for people and may change. */
export class HandselError extends Error {
  override readonly name = "HandselError";

  constructor(
    readonly code: Code,
    /** The HTTP status. */
    readonly status: number,
    /** Whether money moved although the request was refused. */
    readonly moneyMoved: MoneyMoved,
    /** Whether the same request may succeed when it is sent again. The client has done so already. */
    readonly retryable: boolean,
    readonly requestId: string | undefined,
    /** Seconds to wait, where they are known. */
    readonly retryAfter: number | undefined,
    message: string,
    /** The whole answer, if it is one of Handsel's: it may have more about the refusal. */
    readonly problem?: Problem,
  ) {
    super(`${code}: ${message}`);
  }
}

/** No answer came: the request may have been carried out or not. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(cause: unknown) {
    super(`no answer came: ${reasonOf(cause)}`, { cause });
  }
}

/** Why, in the words of who knows most: fetch says "fetch failed", and its cause the rest. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

/** Whether an error is a refusal with one of some codes. */
export function refused(error: unknown, ...codes: Code[]): error is HandselError {
  return error instanceof HandselError && (codes.length === 0 || codes.includes(error.code));
}

/** What passes gateways and proxies on the way has no problem details. */
const passing = new Set([429, 502, 503, 504]);

/** The error that an answer is. */
export async function errorOf(response: Response, changes: boolean): Promise<HandselError> {
  const text = await response.text().catch(() => "");
  if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
    try {
      const p = JSON.parse(text) as Problem;
      return new HandselError(p.code, response.status, p.money_moved, p.retryable, p.request_id, p.retry_after, p.detail, p);
    } catch {
      // no problem details after all
    }
  }
  const after = Number(response.headers.get("retry-after")) || undefined;
  const moved = changes && response.status >= 500 ? "unknown" : "no";
  return new HandselError(`http_${response.status}`, response.status, moved, passing.has(response.status), undefined, after, text.slice(0, 200));
}
