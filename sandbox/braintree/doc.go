// Package braintree is a stateful, offline emulator of the parts of Braintree that a marketplace needs: an [http.Handler] that
// plays the other side of card payments, so that a client can be built and tested without an account, a network or a wait of
// days.
//
// It serves the GraphQL API at /graphql and, over the same transactions, the classic API of the server SDKs below /merchants, sends
// signed webhooks, and is steered below /_sandbox or through the methods of [Emulator]: payers' banks decline and take money back,
// settlements are declined, and faults can be injected into any call or webhook. It shares no code with any client.
//
// # What is played
//
// Sales by nonce with and without capture, captures of all or less, several captures of a PayPal authorization, voids, refunds,
// reversals, settlement in virtual time, authorizations that expire, the duplicate check, look-up by id and by search, client
// tokens, disputes, webhooks, and the Marketplace in the classic API: sub-merchants, service fees, escrow, and what is paid out to
// sub-merchants' banks. [RouteNames] lists the calls. Queries are held against the
// part of the official schema in schema.graphql, with fragments, variables and directives.
//
// # Worlds
//
// Each merchant has a [World] of its own, so that tests and colleagues do not meet, unless [Config.SharedWorld] is set. [Example] is
// there from the start. Snapshot and Restore keep a world.
//
// # Payments that do not work
//
// The documented test nonces and the table of test amounts are played: 2000 to 2999 whole units are declined with the amount as the
// processor's code, 3000 fails, 4001 is declined when it settles, 4002 stays pending then, 5001 is rejected by the gateway. Nonces of
// the control /_sandbox/cards are used up by the first payment; documented ones never are.
//
// # Sub-merchants
//
// A sub-merchant with the first name approve_me is approved a minute later, one with a code from 82621 to 82626 as the first name is
// declined with it, and every other one is approved after an hour. To one whose id is that of a documented disbursement exception,
// such as bank_rejected__update, nothing is paid out before it has another bank account.
//
// # Guesses
//
// These are our choice or not verified against the official service:
//   - A capture is settling after eight hours and settled after four more; refunds too. The official batches run mostly overnight.
//   - A sale is a duplicate when order id, amount, merchant account and card are those of one in the last 30 seconds that took money; a sale
//     without an order id never is.
//   - Global ids are base64 of the kind and the legacy id. Legacy ids are not taken in their place.
//   - A refund cannot be declined but by the control; a settling sale can be refunded, as a settled one can.
//   - Nonces that stand for a card which the processor declines are declined at every payment.
//   - transaction_settled is sent for cards, too; transaction_disbursed is not sent, and disbursement only of what
//     sub-merchants get, for each sale of its own. A webhook is tried three times
//     within a second, and never again.
//   - A search sees a transaction at once. It finds at most 50 in a page; the classic one answers at most 50 in all.
//   - What is released, or was not held, is disbursed a day later. All of what is held or being released can go back; a refund that
//     fails leaves it held. What a suspended sub-merchant is owed does not reach their bank, and nothing of theirs can go back.
//   - A sub-merchant has the currency of the account that it is below; officially the Marketplace is for the USA and its dollar. A
//     payment for one that is not approved yet is refused as for no account. Numbers of people and of bank accounts are kept as their last digits.
//   - Vaults, customers, card numbers, subscriptions, credits and adjustments are not played.
package braintree
