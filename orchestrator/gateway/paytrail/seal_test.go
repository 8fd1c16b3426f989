package paytrail

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
)

func TestSealer(t *testing.T) {
	t.Parallel()
	const token = "4b300af6-9a22-11e8-9184-abb6de7fd2d0"
	ours, err := newSealer("a secret")
	if err != nil {
		t.Fatal(err)
	}
	other, err := newSealer("another secret")
	if err != nil {
		t.Fatal(err)
	}
	// As long as references of an installation are.
	base := holdOf(orchestrator.Operation{IntentID: strings.Repeat("i", 26) + "-0123abcd-" + strings.Repeat("r", 26) + "_" + strings.Repeat("t", 16), Generation: 12})
	stamp := ours.into(base, token)
	if len(stamp) > maxStamp || strings.Contains(stamp, token) || !isHold(stamp) || baseOf(stamp) != base {
		t.Errorf("stamp %q of %d characters", stamp, len(stamp))
	}
	if got := ours.outOf(stamp); got != token {
		t.Errorf("token %q", got)
	}
	if ours.into(base, token) != stamp {
		t.Error("the same token is sealed in another way")
	}
	_, sealed, _ := strings.Cut(strings.TrimPrefix(stamp, base), again)
	for name, odd := range map[string]string{
		"of another hold": "x" + holdMark + "0" + again + sealed, "without a token": base, "broken": stamp[:len(stamp)-2], "odd": base + again + "?", "of a page": "x" + again + "2", "empty": "",
	} {
		if got := ours.outOf(odd); got != "" {
			t.Errorf("%s: token %q", name, got)
		}
	}
	if got := other.outOf(stamp); got != "" {
		t.Errorf("with another secret: token %q", got)
	}
	if got := ours.into(strings.Repeat("x", 150), token); got != strings.Repeat("x", 150) {
		t.Errorf("too long: %q", got)
	}
	for stamp, hold := range map[string]bool{"x": false, "x~2": false, "x~h0": true, "x~h0~abc": true, "": false} {
		if isHold(stamp) != hold || stamp != "" && referenceIn(stamp) != "x" {
			t.Errorf("%q: %v, %q", stamp, isHold(stamp), referenceIn(stamp))
		}
	}
}
