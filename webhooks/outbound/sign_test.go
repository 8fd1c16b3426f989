package outbound_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/webhooks/outbound"
)

func secretOf(t *testing.T, text string) outbound.Secret {
	t.Helper()
	s, err := outbound.ParseSecret(text, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The example of Standard Webhooks' own libraries.
func TestSign_published(t *testing.T) {
	t.Parallel()
	s := outbound.NewSigner([]outbound.Secret{secretOf(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}, at)
	got := s.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

// A rotation leaves the old secret valid until its time, and deliveries are signed with
// both.
func TestRotate(t *testing.T) {
	t.Parallel()
	draw := func(kind outbound.Signature, with string) outbound.Secret {
		s, err := outbound.NewSecret(kind, strings.NewReader(strings.Repeat(with, 32)))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := draw(outbound.Shared, "a"), draw(outbound.Asymmetric, "b")
	both := outbound.Rotate([]outbound.Secret{first}, second, at, at.Add(time.Hour))
	count := func(now time.Time) (shared, asymmetric int) {
		for _, one := range strings.Fields(outbound.NewSigner(both, now).Sign("evt_1", 1, []byte("{}"))) {
			if strings.HasPrefix(one, "v1,") {
				shared++
			}
			if strings.HasPrefix(one, "v1a,") {
				asymmetric++
			}
		}
		return shared, asymmetric
	}
	if s, a := count(at.Add(time.Hour - 1)); s != 1 || a != 1 {
		t.Errorf("before the end %d and %d signatures", s, a)
	}
	if s, a := count(at.Add(time.Hour)); s != 0 || a != 1 {
		t.Errorf("at the end %d and %d signatures", s, a)
	}
	if at1 := outbound.Rotate(both, draw(outbound.Shared, "c"), at, at); len(at1) != 1 {
		t.Errorf("rotated at once, %d secrets are left", len(at1))
	}
	public, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(second.Reveal(), "whpk_"))
	_, signature, _ := strings.Cut(outbound.NewSigner([]outbound.Secret{second}, at).Sign("evt_1", 1, []byte("{}")), ",")
	raw, _ := base64.StdEncoding.DecodeString(signature)
	if !ed25519.Verify(public, []byte("evt_1.1.{}"), raw) {
		t.Error("the public key does not verify")
	}
	if strings.HasPrefix(second.Reveal(), "whsk_") || !strings.HasPrefix(first.Reveal(), "whsec_") {
		t.Error("what is shown is not what receivers need")
	}
	if text := fmt.Sprintf("%v %+v %#v", first, &both, second); strings.Contains(text, "YWFh") || strings.Contains(text, "YmJi") {
		t.Errorf("a secret is printed: %s", text)
	}
	for _, bad := range []string{"", "whsec_", "whsec_!", "whsk_YQ==", "secret", "whpk_" + strings.Repeat("A", 44)} {
		if _, err := outbound.ParseSecret(bad, time.Time{}); err == nil {
			t.Errorf("%q is a secret", bad)
		}
	}
}
