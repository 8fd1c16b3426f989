package fault

// ofWebhooks are about the endpoints to which a marketplace has events sent.
var ofWebhooks = []Group{{
	Title: "Webhook endpoints", About: "Where a marketplace has its events sent, and what was sent there. See [webhooks.md](webhooks.md).",
	Meanings: []Meaning{
		{"url_not_allowed", Invalid, "the address leads into a private network, or to a port that is not allowed", "use a public https address on a port that the message names", Never},
		{"invalid_endpoint", Invalid, "a member of an endpoint is out of range", "correct it as the message says", Never},
		{"too_many_endpoints", Conflict, "the marketplace has as many endpoints as it may", "delete one", Never},
		{"endpoint_not_found", NotFound, "the marketplace has no such endpoint", "check the id", Never},
		{"delivery_not_found", NotFound, "the event was never sent to the endpoint", "replay its number", Never},
		{"invalid_replay", Invalid, "the range has nothing in it that was sent", "correct it", Never},
		{"portal_link_invalid", Unauthenticated, "the link to the portal was used already or is too old, or the visit has ended", "make a new one with `POST /v1/portal-links`", Never},
		{"replay_in_progress", Conflict, "another replay of the endpoint has not ended", "wait until it has", Later},
	},
}}
