// Package paypal is a stateful, offline emulator of the parts of the PayPal API that a marketplace needs: an [http.Handler] that
// plays the other side of orders, payments and payouts, so that a client can be built and tested without an account, a network
// or a wait of days.
//
// It serves Orders v2, Payments v2, Payouts v1, referenced payout items, partner referrals, disputes, balances, a report of transactions
// and the events of
// webhooks, has a clickable page to approve orders on at /checkoutnow and one on which sellers agree at /bizsignup/partner/entry,
// sends signed events, and is steered below /_sandbox or through the methods of [Emulator]: buyers approve, cancel or are
// declined, captures and refunds wait and fail, receivers of payouts do not claim, sellers take their consent back, buyers
// dispute, and faults can be injected into any call or event. It shares no code with any client.
//
// # What is played
//
// [RouteNames] lists the calls. A token is got with Basic auth and is valid for nine hours of virtual time. PayPal-Request-Id is
// known for 6 hours with orders, 45 days with captures and refunds and 30 days with payouts, and is not looked at when an
// authorization is voided. A repeat is answered how the object is now. Answers are minimal unless Prefer asks for a
// representation. PayPal-Mock-Response forces a failure. An authorization is honoured for three days and ends after 29; it can be
// authorized again once in between. Several captures of one are possible, up to 115 percent. HUF, JPY and TWD have no decimals.
//
// # Worlds
//
// Each client id has a [World] of its own, so that tests and colleagues do not meet, unless [Config.SharedWorld] is set. Snapshot
// and Restore keep a world.
//
// # Ways to pay
//
// success approves and cancel does not. instrument_declined, payer_cannot_pay and transaction_refused let the order be refused
// when it is authorized or captured; the buyer may approve it again. review lets the authorization wait. echeck, intl,
// payment-review, multicurrency, order, unilateral and verify let captures wait. capture_declined declines them; late refuses
// them after three days until the order is authorized again, late_refused for good. not_again cannot be authorized again.
// refund_pending and refund_fails let refunds wait for a day, and then fail.
//
// # Guesses
//
// These are our choice or not verified against the official service:
//   - An order has one purchase unit, and is paid with PayPal only; the money is the merchant's whoever the payee is. One that
//     nobody approves ends after three hours. After a decline it waits for the buyer again. Orders cannot be patched.
//   - The same PayPal-Request-Id with another body is answered like the first one. Refusals are not kept under it.
//   - An authorization that was replaced by a later one is closed with it; to void the first voids both.
//   - invoice_id is taken when an order is authorized or captured, and refused to every other order from then on.
//   - Fees are those of [Config.Fees], are taken of each capture, and do not come back with a refund. Refunds are never refused for
//     want of balance, payouts are. A merchant begins with [Config.Funds].
//   - A payout is carried out at once. Receivers get it unless a control has said otherwise. It costs nothing.
//   - A dispute takes its amount out of the balance while it is open. A lost one makes no refund, and leaves the capture's status.
//   - Items of an authorization's view after a reauthorization, and the words of refusals that the specification does not name.
//   - The list of a partner's merchants by tracking id is one object with merchant_id, and 404 before anybody has agreed. Of two
//     who agree under one tracking id the later one counts. A page of a referral does not end, and can be used more than once.
//     Any partner id is the partner's own. Who takes their consent back is still shown, without oauth_integrations.
//   - The bodies of MERCHANT.ONBOARDING.COMPLETED and MERCHANT.PARTNER-CONSENT.REVOKED beyond merchant_id and tracking_id.
//   - Delayed disbursement: an order names a merchant who has agreed to DELAY_FUNDS_DISBURSEMENT and PARTNER_FEE, and at most one
//     platform fee. Calls about such a payment say whose it is in PayPal-Auth-Assertion. The platform has its fee, and the merchant
//     the rest less PayPal's fee, when the item succeeds, which is at once. Nothing is paid out on its own after some time, and
//     nothing goes back after it was paid out. A failed item can be made again under another PayPal-Request-Id, known for 30 days.
//   - An event is tried three times within a second, in order, and never again. Its certificate is made by the emulator.
package paypal
