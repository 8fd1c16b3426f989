package stripe_test

import (
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// No verb moves more than is left of what it moves: what the payer reserved, what was
// taken of it, what was not given back of that. One cent more moves nothing at all.
func TestP3_verbsAreCapped(t *testing.T) {
	t.Parallel()
	type step struct {
		verb   process.Verb
		amount int64
		want   process.Status
	}
	const yes, no = process.Succeeded, process.Declined
	for name, tc := range map[string]struct {
		steps []step
		want  process.Totals
	}{
		"capture more than is reserved": {[]step{{process.Capture, 1301, no}, {process.Capture, 1300, yes}}, process.Totals{Captured: 1300}},
		"capture a part, then more":     {[]step{{process.Capture, 1000, yes}, {process.Void, 0, no}}, process.Totals{Captured: 1000}},
		"capture after a void":          {[]step{{process.Void, 0, yes}, {process.Capture, 1300, no}}, process.Totals{}},
		"refund more than was taken":    {[]step{{process.Capture, 1300, yes}, {process.Refund, 1301, no}, {process.Refund, 1300, yes}}, process.Totals{Captured: 1300, Refunded: 1300}},
		"refund more than is left":      {[]step{{process.Capture, 1300, yes}, {process.Refund, 1000, yes}, {process.Refund, 301, no}, {process.Refund, 300, yes}}, process.Totals{Captured: 1300, Refunded: 1300}},
		"refund of a part taken":        {[]step{{process.Capture, 1000, yes}, {process.Refund, 1001, no}}, process.Totals{Captured: 1000}},
		"refund of what is reserved":    {[]step{{process.Refund, 1, no}}, process.Totals{}},
		"transfer more than was taken":  {[]step{{process.Capture, 1300, yes}, {process.Transfer, 1301, no}, {process.Transfer, 1300, yes}}, process.Totals{Captured: 1300, Released: 1300}},
		"transfer more than is left":    {[]step{{process.Capture, 1300, yes}, {process.Transfer, 1000, yes}, {process.Transfer, 301, no}, {process.Transfer, 300, yes}}, process.Totals{Captured: 1300, Released: 1300}},
		"transfer of a part taken":      {[]step{{process.Capture, 1000, yes}, {process.Transfer, 1001, no}}, process.Totals{Captured: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			id := w.authorized(t)
			var funds process.Funds
			for i, s := range tc.steps {
				op := operation(s.verb, id)
				op.IntentID += string(rune('a' + i))
				op.Amount, op.Transaction.Funds = money.New(s.amount, "EUR"), funds
				moved := len(w.sandbox.Effects())
				out := w.Perform(t.Context(), op)
				if out.Status != s.want && (s.want == process.Succeeded || out.Status != process.NotSent) {
					t.Fatalf("%s of %d: %s %q (%v), want %s", s.verb, s.amount, out.Status, out.Code, out.Err, s.want)
				}
				if n := len(w.sandbox.Effects()) - moved; (n > 0) != (s.want == process.Succeeded) {
					t.Errorf("%s of %d: %d effects", s.verb, s.amount, n)
				}
				if totals := w.look(t, id).Totals; totals != nil {
					funds.Captured, funds.Refunded, funds.Released = totals.Captured, totals.Refunded, totals.Released
				}
			}
			if got := *w.look(t, id).Totals; got != tc.want {
				t.Errorf("moved altogether %+v, want %+v", got, tc.want)
			}
		})
	}
}
