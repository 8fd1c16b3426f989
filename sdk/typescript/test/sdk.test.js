// What the SDK does beside asking: repeats, keys, doubt, lists, events, webhooks. Run by node --test after tsc.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign as signBy } from "node:crypto";
import test from "node:test";
import { dispatch, done, Handsel, HandselError, isDeal, NotSigned, open, refused, step, verify } from "../dist/index.js";

/** A client over answers that were written before, with what it asked and how long it waited. */
function scripted(...answers) {
  const asked = [];
  const waited = [];
  const handsel = new Handsel({
    url: "http://handsel.test/",
    apiKey: "hsk_test",
    sleep: async (ms) => void waited.push(ms),
    fetch: async (url, init) => {
      asked.push({ url, ...init });
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      const [status, body, headers = {}] = answer;
      const kind = status < 400 ? "application/json" : "application/problem+json";
      return new Response(status === 204 ? null : typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "content-type": kind, ...headers } });
    },
  });
  return { handsel, asked, waited };
}

const problem = (code, more) => ({ type: "", title: "", status: 0, detail: "why", code, request_id: "req_1", money_moved: "no", retryable: false, ...more });
const deal = { id: "txn_1", process: "preauthorize@1", state: "paid" };

test("a refusal is typed and not repeated", async () => {
  const { handsel, asked } = scripted([409, problem("illegal_transition", { current_state: "paid" })]);
  const error = await handsel.transactions.take("txn_1", step("preauthorize", "complete")).catch((e) => e);
  assert.ok(refused(error, "illegal_transition") && error instanceof HandselError);
  assert.deepEqual([error.status, error.moneyMoved, error.requestId, error.retryable, error.problem.current_state], [409, "no", "req_1", false, "paid"]);
  assert.equal(asked.length, 1);
});

test("a repeat has the same key and waits as it is told", async () => {
  const { handsel, asked, waited } = scripted(
    [409, problem("operation_in_progress", { retryable: true, retry_after: 1 })],
    new TypeError("the connection is gone"),
    [503, "<html>", { "content-type": "text/html" }],
    [200, deal, { "idempotent-replayed": "true" }],
  );
  const outcome = await handsel.transactions.take("txn_1", step("preauthorize", "complete"), { actor: "bea" });
  assert.deepEqual([outcome.outcome, outcome.replayed, done(outcome).state], ["done", true, "paid"]);
  const keys = asked.map((r) => r.headers["idempotency-key"]);
  assert.equal(new Set(keys).size, 1);
  assert.ok(keys[0] && asked.every((r) => r.headers["handsel-actor"] === "bea" && r.headers.authorization === "Bearer hsk_test"));
  assert.equal(waited[0], 1000);
  assert.ok(waited[1] >= 250 && waited[1] <= 500 && waited[2] >= 500 && waited[2] <= 1000, String(waited));
});

test("an unknown outcome is a value, and a changed read is not", async () => {
  const doubt = scripted([502, problem("outcome_unknown", { money_moved: "unknown" })]);
  const outcome = await doubt.handsel.transactions.take("txn_1", step("preauthorize", "complete"), { idempotencyKey: "mine" });
  assert.deepEqual([outcome.outcome, outcome.idempotencyKey, outcome.error.code, doubt.asked.length], ["doubtful", "mine", "outcome_unknown", 1]);
  const gone = scripted(...Array.from({ length: 5 }, () => new TypeError("gone")));
  assert.equal((await gone.handsel.transactions.take("txn_1", step("preauthorize", "complete"))).outcome, "doubtful");
  assert.equal(gone.asked.length, 5);
  const read = scripted(...Array.from({ length: 5 }, () => new TypeError("gone")));
  await assert.rejects(read.handsel.transactions.get("txn_1"), { name: "NoAnswer" });
});

test("an approval is a value", async () => {
  const { handsel } = scripted([202, { id: "apr_1" }]);
  const outcome = await handsel.transactions.take("txn_1", step("preauthorize", "refund"), { operator: "ann" });
  assert.deepEqual([outcome.outcome, outcome.approval.id], ["waiting", "apr_1"]);
  assert.throws(() => done(outcome), /apr_1/);
});

test("what needs no key is not repeated blindly", async () => {
  const { handsel, asked } = scripted(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
  await assert.rejects(handsel.transactions.refresh("txn_1"), { name: "NoAnswer", message: "no answer came: connect ECONNREFUSED" });
  assert.equal(asked.length, 1);
});

test("who gives up gets their own reason", async () => {
  const { handsel } = scripted(new DOMException("", "AbortError"));
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(handsel.transactions.get("txn_1", { signal }), { message: "enough" });
});

test("a list is read page by page", async () => {
  const pages = [[200, { items: [1, 2], next_cursor: "cur_2" }], [200, { items: [3], next_cursor: null }]];
  const { handsel, asked } = scripted(...pages);
  const all = [];
  for await (const one of handsel.transactions.list({ state: ["paid", "tracked"], limit: 2, metadata: { shop: "7" } })) all.push(one);
  assert.deepEqual(all, [1, 2, 3]);
  assert.deepEqual(asked.map((r) => r.url), ["", "&cursor=cur_2"].map((end) => `http://handsel.test/v1/transactions?state=paid%2Ctracked&limit=2&metadata%5Bshop%5D=7${end}`));
  assert.deepEqual(await scripted(pages[0] && [200, { items: [1, 2], next_cursor: "cur_2" }]).handsel.transactions.list().first(2), [1, 2]);
});

test("a preview, a path, a form, and nothing", async () => {
  const { handsel, asked } = scripted([200, { dry_run: true, allowed: true }], [201, { id: 1 }], [204]);
  assert.equal((await handsel.transactions.previewTake("a/b", step("preauthorize", "complete"))).allowed, true);
  await handsel.transactions.addEvidence("txn_1", { file: new Blob(["x"]), uploader_id: "bea" });
  assert.equal(await handsel.listings.delete("lst_1"), undefined);
  assert.equal(asked[0].url, "http://handsel.test/v1/transactions/a%2Fb/transitions?dry_run=true");
  assert.equal(asked[1].body.get("uploader_id"), "bea");
});

test("events are followed from a place on", async () => {
  const page = (after, ...items) => [200, { items, next_after: after, has_more: after < 9 }];
  const { handsel, asked } = scripted(page(7, { sequence: 6 }, { sequence: 7 }), page(9, { sequence: 9 }));
  const seen = [];
  for await (const event of handsel.follow({ after: 5, types: ["transaction.*"], wait: 0 })) seen.push(event.sequence);
  assert.deepEqual(seen, [6, 7, 9]);
  assert.match(asked[0].url, /type=transaction.\*&after=5$/);
  assert.match(asked[1].url, /after=7$/);
});

test("events are followed from now on, and from a place where there is one", async () => {
  const page = (after, more, ...items) => [200, { items, next_after: after, has_more: more }];
  const { handsel, asked } = scripted(page(7, true), page(9, false, { sequence: 9 }), page(6, false));
  const seen = [];
  for await (const event of handsel.follow({ from: "now", wait: 0 })) seen.push(event.sequence);
  for await (const event of handsel.follow({ after: 5, from: "now", wait: 0 })) seen.push(event.sequence);
  assert.deepEqual(seen, [9]);
  assert.deepEqual(asked.map((r) => new URL(r.url).search), ["?from=now", "?after=7", "?after=5"]);
});

test("steps and openings are what is sent", () => {
  assert.deepEqual(step("escrow_online", "track", { carrier: "DHL", tracking_code: "1", reason: undefined }), { transition: "track", input: { carrier: "DHL", tracking_code: "1" } });
  assert.deepEqual(open("escrow_online", "invite"), { process: "escrow_online", transition: "invite" });
  assert.ok(isDeal(deal, "preauthorize") && !isDeal(deal, "postpay"));
});

test("a webhook is verified and dispatched", async () => {
  const secret = `whsec_${Buffer.from("a secret of 24 bytes or so").toString("base64")}`;
  const event = { id: "evt_1", type: "transaction.paid", sequence: 1, data: { to: "paid" } };
  const body = JSON.stringify(event);
  const at = 1_700_000_000;
  const sign = (key, text = body) => `v1,${createHmac("sha256", Buffer.from(key.slice(6), "base64")).update(`evt_1.${at}.${text}`).digest("base64")}`;
  const headers = (signature) => new Headers({ "webhook-id": "evt_1", "webhook-timestamp": String(at), "webhook-signature": signature });
  const now = at * 1000 + 299_000;
  assert.deepEqual(await verify(body, headers(`v1a,xx v1,%% ${sign(secret)}`), ["whsec_AAAA", secret], { now }), event);
  assert.deepEqual(await verify(Buffer.from(body), { "webhook-id": "evt_1", "webhook-timestamp": String(at), "webhook-signature": sign(secret) }, secret, { now }), event);
  for (const [text, signature, when] of [[`${body} `, sign(secret), now], [body, sign("whsec_AAAA"), now], [body, sign(secret), now + 2000], [body, sign(secret), at * 1000 - 301_000], [body, "", now]]) {
    await assert.rejects(verify(text, headers(signature), secret, { now: when }), NotSigned);
  }
  const heard = [];
  await dispatch(event, { "transaction.paid": (e) => heard.push(e.data.to), "*": () => heard.push("other") });
  await dispatch({ ...event, type: "something.new" }, { "*": (e) => heard.push(e.type) });
  await dispatch({ ...event, type: "something.new" }, {});
  assert.deepEqual(heard, ["paid", "something.new"]);
});

test("an ed25519 signature is verified with the public key", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const secret = `whpk_${publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64")}`;
  const body = JSON.stringify({ id: "evt_1", type: "transaction.paid", data: {} });
  const signature = `v1a,${signBy(null, Buffer.from(`evt_1.1700000000.${body}`), privateKey).toString("base64")}`;
  const headers = (signature) => ({ "webhook-id": "evt_1", "webhook-timestamp": "1700000000", "webhook-signature": signature });
  const check = { now: 1_700_000_000_000 };
  assert.equal((await verify(body, headers(`v1,AAAA ${signature}`), ["whsec_AAAA", secret], check)).id, "evt_1");
  const tampered = [[body.replace("paid", "free"), signature], [body, "v1a,AAAA"], [body, signature.replace("v1a,", "v1,")]];
  for (const [text, given] of tampered) await assert.rejects(verify(text, headers(given), secret, check), NotSigned);
  for (const wrong of ["whpk_AAAA", "whsk_AAAA", "whsec_", "%"]) await assert.rejects(verify(body, headers(signature), wrong, check), TypeError);
});

test("what others sign is verified", async () => {
  const secret = `whsec_${Buffer.from("a secret of 24 bytes or so").toString("base64")}`;
  const body = JSON.stringify({ id: "evt_1", type: "transaction.paid", data: {} });
  const now = new Date();
  for (const name of ["standardwebhooks", "svix"]) {
    const { Webhook } = await import(name);
    const signature = new Webhook(secret).sign("evt_1", now, body);
    const headers = { "webhook-id": "evt_1", "webhook-timestamp": String(Math.floor(now / 1000)), "webhook-signature": signature };
    assert.equal((await verify(body, headers, secret)).id, "evt_1", name);
    await assert.rejects(verify(body.replace("paid", "free"), headers, secret), NotSigned, name);
  }
});
