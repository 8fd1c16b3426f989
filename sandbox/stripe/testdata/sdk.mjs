// Plays Stripe's own client against the emulator and prints what it answered.
import Stripe from "stripe";

const origin = new URL(process.argv[2]);
const stripe = new Stripe("sk_test_sdk", { host: origin.hostname, port: origin.port, protocol: "http", maxNetworkRetries: 0, telemetry: false });
const said = {};
const code = async (call) => { try { await call(); return "no refusal"; } catch (e) { return `${e.type} ${e.code}`; } };

const account = await stripe.v2.core.accounts.create({
  contact_email: "sam@example.com", display_name: "Sam", dashboard: "express", identity: { country: "ie" },
  configuration: { recipient: { capabilities: { stripe_balance: { stripe_transfers: { requested: true } } } } },
  include: ["configuration.recipient", "requirements"],
});
said.account = `${account.object} ${account.applied_configurations} ${account.configuration.recipient.capabilities.stripe_balance.stripe_transfers.status} ${account.requirements.entries.length > 0}`;
const link = await stripe.accountLinks.create({ account: account.id, type: "account_onboarding", return_url: "https://shop.example.com", refresh_url: "https://shop.example.com" });
await fetch(link.url, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"card":"success"}' });
const ready = await stripe.v2.core.accounts.retrieve(account.id, { include: ["configuration.recipient", "requirements"] });
said.ready = `${ready.configuration.recipient.capabilities.stripe_balance.stripe_transfers.status} ${ready.requirements.entries.length}`;
said.capabilities = (await stripe.accounts.listCapabilities(account.id)).data.map((c) => `${c.id} ${c.status}`).join(", ");

const bank = await stripe.accounts.createExternalAccount(account.id, {
  external_account: { object: "bank_account", country: "DE", currency: "eur", account_number: "DE62370400440532013001" }, default_for_currency: true,
});
said.bank = `${bank.object} ${bank.last4}`;
const hook = await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:1/hooks", enabled_events: ["payout.*"], connect: true });
said.hook = `${hook.status} ${hook.secret.startsWith("whsec_")} ${(await stripe.webhookEndpoints.list()).data.length}`;

const session = await stripe.checkout.sessions.create({
  mode: "payment", success_url: "https://shop.example.com/done", line_items: [{ quantity: 1, price_data: { currency: "eur", unit_amount: 5000, product_data: { name: "Bike" } } }],
  payment_intent_data: { transfer_group: "deal_7" },
});
await fetch(session.url, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"card":"success"}' });
const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
said.session = `${paid.status} ${paid.payment_status} ${paid.payment_intent.transfer_group}`;
await stripe.transfers.create({ amount: 5000, currency: "eur", destination: account.id, source_transaction: paid.payment_intent.latest_charge });

const now = Math.floor(Date.now() / 1000);
const clock = await stripe.testHelpers.testClocks.create({ frozen_time: now });
await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: now + 5 * 86400 });
const payouts = (await stripe.payouts.list({}, { stripeAccount: account.id })).data;
said.payouts = payouts.map((p) => `${p.amount} ${p.status} ${p.failure_code}`).join(", ");
const parts = await stripe.balanceTransactions.list({ payout: payouts[0].id }, { stripeAccount: account.id });
said.parts = parts.data.map((b) => `${b.type} ${b.net}`).sort().join(", ");
said.refused = await code(() => stripe.payouts.cancel(payouts[0].id, {}, { stripeAccount: account.id }));
said.after = (await stripe.accounts.retrieve(account.id)).requirements.past_due.join(", ");
console.log(JSON.stringify(said));
