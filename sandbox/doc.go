// Package sandbox is a stateful, offline emulator of the Trustap API: an [http.Handler] that plays the other side of an
// escrow so that a client can be built and tested without an account, a network or a wait of days.
//
// It speaks Trustap's JSON below /api/v1, serves clickable payment pages where Trustap's actions host serves them, and is
// steered below /_sandbox or through the methods of [Sandbox]: time can be moved, cards can be declined, carriers can
// deliver, complaints can be decided, and faults can be injected into any call or webhook.
//
// The package shares no code with the client: both describe the wire on their own, so a wrong tag in either is found by
// running one against the other.
//
// # Models
//
// Online deals, face-to-face deals and the four kinds of listings are state machines over tables of moves; everything else
// of the official API is there with stored or fixed answers. [Spec] describes all of it as OpenAPI.
//
// # Credentials
//
// An API key is the user name of HTTP Basic auth; the header Trustap-User names the person it acts for. A person may also
// act alone with a token of the built-in login server at /auth/realms/<any realm>, or with the development token
// "Bearer user:<id>", which counts in the main world. The full users of [Config.Users] and every guest user made through the
// API can act.
//
// # Worlds
//
// Each API key has a [World] of its own, so that tests and colleagues do not meet. The first of [Config.APIKeys], or the
// first key that is used, has the main world; control calls without a key and the methods of [Sandbox] mean that one.
//
// # Time
//
// The clock is virtual. It stands still unless it is advanced (or follows real time, see [Config.Follow]). Every step that
// falls due is taken in order and stamped with the time it was due, not with the time at which somebody looked.
//
// # Operations
//
// [RouteNames] lists the names that faults and effects use for API calls. Effects that no API call made carry the
// names pay, deliver, finish_review and resolve_complaint (control calls and payment pages) or tracking_deadline, refund,
// complaint_deadline and release (automatic steps). In the face-to-face model they are p2p_pay_deposit, p2p_pay_remainder,
// p2p_finish_review and p2p_resolve_complaint, or p2p_auto_skip, p2p_refund, p2p_review_refused, p2p_complaint_deadline and
// p2p_release. Faults on the operation "webhook" hit outgoing webhooks, and "*" stands for every API call.
package sandbox
