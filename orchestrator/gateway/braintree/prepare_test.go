package braintree_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "EUR"})
	if err != nil || first.ClientToken == "" || first.Form != nil {
		t.Fatalf("%+v, %v", first, err)
	}
	if second, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "EUR"}); err != nil || second.ClientToken == first.ClientToken {
		t.Errorf("the second one: %+v, %v", second, err)
	}
	if _, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "SEK"}); fault.ReasonOf(err) != "amount_not_supported" {
		t.Errorf("crowns: %v", err)
	}
	for _, kind := range []string{"cut_before", "broken_json", "html", "rate_limit"} {
		w.fault("createClientToken", kind)
		if p, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "EUR"}); err == nil || fault.CodeOf(err) == fault.Invalid {
			t.Errorf("%s: %+v, %v", kind, p, err)
		}
	}
}
