// Package client is a typed Go client of the Trustap escrow API, version 1.
//
// A [Client] is built once with [New] and is safe for concurrent use. Calls are
// grouped by resource: c.Online, c.F2F, c.Notifications and so on. Every call takes
// a context first and options last ([AsUser], [WithRequestID]); [Operations] lists
// them all.
//
// The API has two kinds of deals, each with types of its own: online ones
// ([Transaction], [Quote]), where goods are posted, and face-to-face ones
// ([F2FTransaction], [F2FQuote]), where a deposit is paid and the parties meet.
//
// # Money
//
// Amounts are int64 counts of the smallest unit of the currency that stands
// beside them (1234 with "eur" is 12.34 EUR). Currency codes are lower case. No
// floating point number is involved anywhere; an answer with a fractional amount
// is refused.
//
// # Errors
//
// Every failed call returns an [*Error]. Match the API's reason by code, never by
// status or text, because the API uses different statuses for one code:
//
//	if errors.Is(err, client.CodeAlreadyPaid) { … }
//
// [Error.Outcome] says whether the call took effect. The API has no idempotency
// key, so the client never repeats a call that may have changed something unless
// it is certain that nothing left this machine: after [OutcomeUnknown] read the
// state back before doing anything else.
package client
