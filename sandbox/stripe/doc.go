// Package stripe is a stateful, offline emulator of the parts of the Stripe API that a marketplace needs: an [http.Handler]
// that plays the other side of card payments and of transfers to sellers, so that a client can be built and tested without
// an account, a network or a wait of days.
//
// It speaks version 2023-10-16 below /v1 and a little of the second version below /v2, serves clickable payment pages at
// /pay/{payment intent} and /c/pay/{checkout session}, and a stand-in for Stripe.js
// at /v3/ for pages of others, sends signed events, and
// is steered below /_sandbox or through the methods of [Emulator]: cards can be declined or ask back, buyers can dispute,
// and faults can be injected into any call or webhook. It shares no code with any client.
//
// # What is played
//
// Payment intents with automatic and manual capture, charges, refunds, transfers to connected accounts with reversals,
// connected accounts with bank accounts and payouts to them, the balance (pending and available), disputes, events, payment methods (test cards only), checkout sessions,
// webhook endpoints, capabilities, requirements with deadlines, test clocks, accounts of the second version, idempotency
// keys, expansion of fields, and lists with cursors and creation times. [RouteNames] lists the calls. Parameters
// that are not known here are refused; several are accepted without effect. Card numbers are always
// refused.
//
// # Time
//
// The clock is virtual. It runs with [Config.Now], plus whatever it was advanced, or it is kept by another emulator, see
// [Config.Clock]. Balances follow it by themselves. Steps that fall due (a hold that expires, a slow refund that ends) are taken
// by Advance and Tick, as the official service takes them some time after: until then a hold that ran out refuses to be
// captured with charge_expired_for_capture.
//
// # Worlds
//
// Each secret key has a [World] of its own, so that tests and colleagues do not meet. The first key that is used has the main
// world; control calls without a key and the methods of [Emulator] mean that one. Snapshot and Restore keep a world.
//
// # Test cards
//
// The official test payment methods (pm_card_visa, pm_card_chargeDeclinedInsufficientFunds, ...) and the short names
// success, authentication_required, processing and the decline codes. Two answer the bank's question on a page or in
// [Emulator.Pay]: approve and reject.
//
// # Payouts
//
// What a connected account can have goes to its bank account at the next midnight, UTC; settings.payouts.schedule changes that,
// with the interval manual payouts are made by calls with Stripe-Account. The balance transactions of an automatic
// payout tell what is in it. The official test numbers and test IBANs of bank accounts make payouts fail, and a control
// call makes any payout arrive or come back. Events of connected accounts carry their account. They go to the endpoint of the
// settings, as all events do, and to the endpoints that calls have made with connect.
//
// # Guesses
//
// These are our choice or not verified against the official service:
//   - The lowest amount is 50 minor units of every currency; any three letters are a currency.
//   - Money is pending for exactly two days, fees are those of [Config.Fees], a refund gives none back and takes pending
//     money where the charge is still pending. A refund is never refused for want of balance.
//   - amount_refunded of a charge counts the part of a hold that was released without being captured; no refund object
//     stands for it.
//   - Capturing, refunding or reversing too much is amount_too_large. Several other refusals of refunds and transfers carry
//     no code.
//   - A second idempotent request that meets the first one on its way is 409 idempotency_key_in_use of type
//     invalid_request_error; keys are kept for exactly 24 hours and belong to all callers together.
//   - Refusals for parameters are not kept under an idempotency key; declines, refusals for state and every 500 are.
//   - A payment that is processing cannot be canceled; it ends when the buyer is played a second time.
//   - Slow and failing refunds end after one day. Transfers out of a charge may add up to what was captured, refunds or not.
//   - A payment intent that needs action always redirects to our page, also without a return_url.
//   - A connected account can be paid from the moment it is made. One that is set up without a bank account gets one.
//   - A rejected account gets no account link, and its page changes nothing; the words and the missing code are ours. A
//     control may still enable it, as Stripe's support does.
//   - A payout is sent to the bank after 12 hours, which answers after 12 more; one that fails does so then. The delay_days of
//     a schedule are shown and not looked at: the money of charges is there after two days.
//   - A bank account that has refused a payout gets no other one, and the account asks for another bank account, which whoever
//     gives all details on the page of a link gives. What an account lacks from the start is late at once. No
//     currency is exchanged: money goes to the default bank account of its currency, else to the default of another one.
//   - A checkout session makes its payment intent when the buyer presses a button first. Its payment_status is unpaid until
//     the money is captured. Sessions have mode payment, prices of their own, and no fields to fill in.
//   - A test clock moves the time of the whole world by as much as it is advanced; the world's time need not be the clock's.
//     Customers are not played, so nothing else hangs on one.
//   - Of accounts of the second version the parts configuration.recipient, configuration.merchant, identity, defaults and
//     requirements can be included. They are set up on the same page, and both versions read the same account. What they
//     lack is refused in the words of the first version.
//   - What is asked of an account by a deadline stops payouts and transfers when it is over; the details are any text.
//   - The tokens of bank accounts are btok_ and a country, with an ending such as _noAccount for one that refuses.
//   - The platform itself is paid out by hand only. Payouts to cards and instant payouts are not played.
//   - A transfer is reversed while the destination has the money, pending money included.
//   - A hold that expires or is canceled marks its charge as refunded. While Tick has not come, capturing such a hold through
//     its payment intent is charge_expired_for_capture; afterwards it is payment_intent_unexpected_state.
//   - A charge that was disputed can be refunded again only when the dispute was won.
//   - The header Stripe-Version is not looked at; Stripe-Account is understood for balances, payouts and events.
//   - Confirmation by hand (confirmation_method=manual), several captures of one hold, application fees, and destination
//     charges are not played.
//   - Payment intents can be searched for by one key of their metadata, as far as the index has them: immediately.
//   - An event is tried three times within a second, in order, and never again.
package stripe
