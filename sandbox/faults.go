package sandbox

import "github.com/handsel-dev/handsel/sandbox/internal/stage"

// Fault makes the next calls of one route fail in one way: Route is one of [RouteNames], "webhook", or "*" for
// every API call, Kind one of [FaultKinds], or for "webhook" one of [WebhookFaultKinds].
type Fault = stage.Fault

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html and
// rate_limit leave the call without effect; all others let it take effect first.
func FaultKinds() []string { return kind().FaultKinds() }

// WebhookFaultKinds returns the kinds of faults for the route "webhook": lose never sends, duplicate sends twice, delay
// holds back until the next Advance or Flush, reorder swaps with the next webhook.
func WebhookFaultKinds() []string { return stage.WebhookFaultKinds() }
