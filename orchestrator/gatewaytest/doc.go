// Package gatewaytest tries an adapter of a gateway, whoever wrote it: an implementation of
// orchestrator.Gateway has to answer every call in the way on which the engine relies, above all
// when an answer is late, broken or lost.
//
// A test calls Run with a Config. Its Open makes the adapter beside a fresh account at an
// emulator of the gateway, or at the gateway's own sandbox, and builds it on the transport that
// the suite hands over: through that the suite loses requests and answers. Nothing else of
// Handsel is needed, and nothing from its internal folders. purse_test.go is a whole adapter that
// passes, with its emulator.
//
// What Account.Effects counts is the truth about money, read past the adapter. What the adapter says
// is held against it: no answer may call something refused, or not sent, that happened, and no repeat
// that the engine would send may move money twice.
//
// Every check is a subtest. One that a gateway cannot pass stands in Config.Exceptions with the reason.
// It is run, too: a declared exception that passes fails the test, so that none outlives its
// reason.
//
// About each verb, such as does/capture:
//
//   - does, shown: it succeeds once, and a look shows it with sums and price
//   - repeated, at_once: sent again under its key, or several times at the same time, it happens once
//   - over, no_payment: past its deadline, or without a payment, nothing is sent
//   - found, not_taken, refused, card_number: of what opens a payment
//   - too_much, too_early, overtaken: what is not there, not yet or no longer, is not moved
//   - price, parts, lapsed: other currencies, refunds in parts, the end of a hold
//
// What befalls each request in turn, of a verb, a look, a question about a payee and a statement, such
// as lost_answer/refund:
//
//   - unreachable, lost, unavailable, busy, missing, redirected: it does not arrive
//   - delayed: it arrives after all is over
//   - lost_answer, cut_answer, garbage, server_error, late: it arrives, and its answer does not, or not whole
//   - twice, outage: it arrives twice, and then nothing does
//
// What nobody has asked for (Account.Afterwards):
//
//   - told, forged: messages of the gateway are verified and lead to their payment, and a changed one is refused
//   - disputed: a look shows what the payer's bank has, and how the case has ended
//   - lingers: what the gateway holds back counts as taken when it is
//
// Beside these: many, listed, printed, other_verbs, unknown_payment and payees.
package gatewaytest
