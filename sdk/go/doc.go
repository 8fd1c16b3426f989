// Package handsel is a typed client of Handsel for a marketplace's backend. It stands on the standard
// library alone.
//
//	h := handsel.New(handsel.Settings{URL: "https://handsel.example.com", Key: key})
//	deal, err := handsel.Done(h.Transactions.Take(ctx, id, handsel.EscrowOnlineTrack{Carrier: "DHL", TrackingCode: code}.Body()))
//	x, err := h.Transactions.Explain(ctx, id) // x.Summary: who has to act, and what happens automatically and when
//
// Types, operations and steps are generated from the description of the API and from the tables of the
// processes. A refusal is an *Error, by whose code a caller decides. What can move money answers an Outcome:
// it is done, it waits for another operator, or nobody can tell yet what came of it.
package handsel
