// A small marketplace that does everything through Handsel's SDK: sam lists a bike, bea buys it and sam is paid; then
// bea buys a chair that arrives broken, complains, and has her money back. It waits for the buyer's payment by following the
// log of events, and gets what happens by webhooks as well. Run it against `handsel dev --env-file=dev.env`:
//
//     npm install && npm run build && node --env-file=dev.env dist/marketplace.js

import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import { dispatch, done, Handsel, isDeal, NotSigned, refused, step, verify, type EventType, type Handlers, type Transaction } from "@handsel/sdk";

const handsel = new Handsel({ url: process.env["HANDSEL_URL"]!, apiKey: process.env["HANDSEL_API_KEY"]! });
const buyer = { actor: "bea" };
const seller = { actor: "sam" };

/** A sale, from the listing to the payout. */
async function sale(): Promise<void> {
  const listing = await handsel.listings.create({
    author_id: "sam",
    title: "City bike",
    description: "Seven gears, new brakes",
    kind: "multi_use",
    model: "online",
    price: { amount: 12_000, currency: "EUR" },
    stock: 3,
  });
  const price = await handsel.prices.preview({ gateway: "stripe", unit_price: listing.price! });
  say(`sam lists ${listing.title}; bea will pay ${price.total?.amount} cents`);

  const deal = await paid(done(await handsel.listings.buy(listing.id, { starter_id: "bea", process: "preauthorize", gateway: "stripe" }, buyer)), "transaction.preauthorized");
  // A deal has one answer per key: whoever sends this again, after a crash, gets the same one.
  const accept = () => handsel.transactions.take(deal.id, step("preauthorize", "complete_preauthorization"), { ...seller, idempotencyKey: `accept ${deal.id}` });
  const taken = done(await accept());
  const again = await accept();
  if (again.outcome !== "done" || !again.replayed) throw new Error("the second request should have had the first answer");
  say(`sam accepts, the money is taken: ${taken.state}`);

  const foreseen = await handsel.transactions.previewTake(deal.id, step("preauthorize", "complete"), buyer);
  say(`if bea confirms, ${foreseen.money.length} postings follow`);
  const confirmed = done(await handsel.transactions.take(deal.id, step("preauthorize", "complete"), buyer));
  const [payout] = await handsel.sellers.listPayouts("sam").first(1);
  say(`bea confirms: ${confirmed.state}; sam's payout of ${payout?.amount.amount} cents is ${payout?.status}`);

  await handsel.transactions.createReview(deal.id, { reviewer_id: "bea", rating: 5, content: "As described" }, buyer);
  const left = await handsel.listings.get(listing.id);
  say(`bea reviews sam; ${left.stock} bikes are left`);
}

/** A deal that goes wrong: the buyer complains, and the seller gives in. */
async function dispute(): Promise<void> {
  const opened = await handsel.transactions.create({
    process: "escrow_online",
    gateway: "trustap",
    starter_id: "bea",
    author_id: "sam",
    listing: { title: "Kitchen chair" },
    unit_price: { amount: 4_500, currency: "EUR" },
  });
  if (opened.outcome === "doubtful") {
    // Nobody knows yet whether the payment was opened. It must not be ordered again under another key.
    return say(`ask again with the key ${opened.idempotencyKey}`);
  }
  const deal = await paid(done(opened), "transaction.paid");
  if (!isDeal(deal, "escrow_online")) throw new Error(`it is a deal of ${deal.process}`);
  await handsel.transactions.take(deal.id, step("escrow_online", "track", { carrier: "an-post", tracking_code: "CP123456785IE" }), seller);
  try {
    await handsel.transactions.take(deal.id, step("escrow_online", "complain", { description: "too early" }), buyer);
  } catch (error) {
    if (!refused(error, "illegal_transition", "guard_failed", "not_delivered")) throw error;
    say(`bea cannot complain yet: ${error.code}`);
  }
  await handsel.transactions.take(deal.id, step("escrow_online", "confirm_delivery"), buyer);
  await handsel.transactions.createMessage(deal.id, { sender_id: "bea", content: "One leg is broken." }, buyer);
  const complained = done(await handsel.transactions.take(deal.id, step("escrow_online", "complain", { description: "One leg is broken" }), buyer));
  say(`bea complains: ${complained.state}`);
  const explained = await handsel.transactions.explain(deal.id, seller);
  say(explained.summary);
  say(`sam can: ${explained.options.filter((o) => o.allowed).map((o) => o.transition)}`);
  const over = done(await handsel.transactions.take(deal.id, step("escrow_online", "accept_complaint"), seller));
  const history = await handsel.transactions.listTimeline(deal.id);
  say(`sam gives in after ${history.items.length} steps: ${over.state}, ${over.funds.refunded} cents went back`);
}

/** Lets the buyer pay on the gateway's page, as the emulators let a program do, and follows the log until it has happened. */
async function paid(deal: Transaction, what: EventType): Promise<Transaction> {
  const page = await fetch(deal.redirect_url!, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ card: "success" }) });
  if (!page.ok) throw new Error(`the page answers ${page.status} ${await page.text()}`);
  for await (const event of handsel.follow({ transaction: deal.id, signal: AbortSignal.timeout(60_000) })) {
    if (event.type === what) return handsel.transactions.get(deal.id);
  }
  throw new Error("the log has ended");
}

const heard = new Set<string>(); // ids of webhooks: one may come twice
let wentBack = (): void => {};
const refund = new Promise<void>((resolve) => (wentBack = resolve));

/** What is done with events that come by webhook. */
const handlers: Handlers = {
  "transaction.preauthorized": (event) => say(`webhook: ${event.data?.price?.amount} cents are reserved`),
  "transaction.confirmed": () => say("webhook: the sale is confirmed"),
  "transaction.complained": (event) => say(`webhook: ${event.data?.actor} complains`),
  "transaction.refunded": () => wentBack(),
};

/** Receives webhooks at an address of this machine, which only `handsel dev` sends to. */
async function receive(): Promise<() => Promise<void>> {
  let secret = "";
  const take = async (request: IncomingMessage): Promise<number> => {
    const event = await verify(await buffer(request), request.headers, secret);
    if (heard.has(event.id)) return 200;
    await dispatch(event, handlers);
    heard.add(event.id);
    return 204;
  };
  const server = createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    take(request).then(answer, (error) => answer(error instanceof NotSigned ? 400 : 500));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  const endpoint = await handsel.webhookEndpoints.create({ url, types: ["transaction.*"] });
  secret = endpoint.secret!; // it is shown only now: a marketplace keeps it beside its API key
  const forged = await fetch(url, { method: "POST", body: "{}" });
  say(`a webhook without a signature is answered ${forged.status}`);
  return async () => {
    const late = new Promise<never>((_, no) => setTimeout(no, 60_000, new Error("a webhook is missing")).unref());
    await Promise.race([refund, late]);
    say("webhook: the money for the chair went back");
    await handsel.webhookEndpoints.delete(endpoint.id);
    server.closeAllConnections();
    server.close();
  };
}

function say(text: string): void {
  console.log(text);
}

const told = await receive();
await sale();
await dispute();
await told();
