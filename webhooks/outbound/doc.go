// Package outbound tells marketplaces' own programs what happened, by webhooks in the
// format of Standard Webhooks (https://www.standardwebhooks.com).
//
// Nothing is copied for an endpoint: it has a place in the log of its community's events,
// and what is told is what stands behind that place. A row is written when something was
// tried, so a million events that wait cost nothing but the log.
//
// In the order in which the files are read:
//
//	endpoint.go  where to, which types, how
//	secret.go    what deliveries are signed with, and its rotation
//	sign.go      the headers of a delivery
//	guard.go     where nothing is sent to: the networks inside
//	sender.go    one attempt
//	schedule.go  when it is tried again
//	delivery.go  what became of an event at an endpoint
//	stores.go    what is kept, and by whom
//	desk.go      what the staff of a marketplace does with endpoints
//	pass.go      how people come to the portal
//	pages.go     the log as all endpoints of a community read it
//	waiting.go   what has to be sent first
//	run.go       one endpoint for a while
//	results.go   what attempts lead to
//	worker.go    all endpoints, as a job of internal/due
package outbound
