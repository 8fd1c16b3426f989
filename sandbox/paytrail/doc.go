// Package paytrail is a stateful, offline emulator of the parts of the Paytrail API that a marketplace needs: an [http.Handler]
// that plays the other side of payments on a page and of refunds, so that a client can be built and tested without an account,
// a network or a wait of days.
//
// It serves /payments with signed answers, a clickable page to pay on at /pay/{transaction}, calls the merchant back with
// signed GETs, and is steered below /_sandbox or through the methods of [Emulator]: buyers pay, cancel or leave a payment
// pending, refunds are pending and fail, and faults can be injected into any call or callback. It shares no code with any
// client.
//
// # What is played
//
// Payments of an ordinary merchant and of an aggregate one with the items of others (shop-in-shop), their look-up, and refunds
// of a whole payment, of an amount or of items; cards that are saved by the form /tokenization/addcard-form, and payments with their
// token: a hold for seven days that is committed once or reverted, or a charge at once, with 3-D Secure where the bank asks for it.
// [RouteNames] lists the calls. Everything has to be signed with SHA-256 or SHA-512 and is answered so.
//
// # Worlds
//
// Each merchant has a [World] of its own, so that tests and colleagues do not meet, unless [Config.SharedWorld] is set. The
// public test accounts are there from the start: 375917 and the aggregate 695861. Snapshot and Restore keep a world.
//
// # Ways to pay
//
// success pays; cancel and declined end the payment; pending and delayed leave it open until it is paid a second time with
// success or cancel. Three pay and decide what becomes of refunds: refund_pending (ends after a day, carried out), refund_fails
// (pending, fails after a day), refund_refused (422 without an e-mail address, as banks without refunds have it).
//
// A card that is saved is one of success, three_d_secure (403 with a page below /3ds where the buyer is there), insufficient
// (refused with code 116, which may be tried again) and stolen (209, which may not). [World.SaveCard] saves one without a browser.
//
// # Guesses
//
// These are our choice or not verified against the official service:
//   - A stamp is taken once per merchant; a second payment or refund with it is 400. A call that is repeated byte for byte, with
//     its nonce and its time, is 401.
//   - A refund is read by its own transaction id like a payment: it shows its status, its stamp and its amount.
//   - A refund that is pending ends after one day. A refund of more than is left is 400 at once. The balance of a sub-merchant
//     is never too small.
//   - A payment that failed or was cancelled can no longer be paid; one that nobody pays stays new for ever.
//   - Every answer but that to a wrong signature is signed, refusals too.
//   - Callbacks of a pending or delayed payment go to the success address. A callback is tried three times within a second, and
//     never again. Addresses need not be https on loopback.
//   - Any merchant number may stand in the items of an aggregate merchant but its own.
//   - A hold shows status pending, one that waits for 3-D Secure new, and one that is reverted, over or refused fail; the merchant is
//     called back about each but a revert. A commit that takes less is told with its own amount.
//   - A hold ends after exactly seven days. A revert ends one that still waits for 3-D Secure, and its page then pays nothing.
//   - A payment that the acquirer refuses has a transaction, which the refusal does not name. A commit has to bear the token of the
//     hold; its stamp is not looked at. A token is answered as often as it is asked for. An aggregate merchant may hold and commit
//     with the items of others.
//   - E-mail refunds, reports, settlements and cards that are saved along with a payment are not played.
package paytrail
