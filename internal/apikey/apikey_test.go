package apikey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestGenerate_keysVerifyAndHideTheirSecret(t *testing.T) {
	t.Parallel()
	key, text := apikey.Generate(501, "shop", apikey.Test, []apikey.Scope{apikey.Read}, now)
	if err := key.Verify(text, now); err != nil {
		t.Errorf("a fresh key does not verify: %v", err)
	}
	if id, err := apikey.ID(text); err != nil || id != key.ID {
		t.Errorf("ID = %q, %v; want %q", id, err, key.ID)
	}
	secret := text[strings.LastIndex(text, "_")+1:]
	if strings.Contains(key.Hash, secret) || len(secret) != 64+8 || !strings.HasPrefix(text, "hsk_test_") {
		t.Errorf("key %q is stored as %q", text, key.Hash)
	}
	if !key.May(apikey.Read) || key.May(apikey.Write) {
		t.Errorf("scopes = %v, want read only", key.Scopes)
	}
	if other, _ := apikey.Generate(501, "shop", apikey.Test, nil, now); other.ID == key.ID || other.Hash == key.Hash {
		t.Error("two keys are alike")
	}
}

// TestPublishable: a key for web pages is told by how it begins, and is no other key.
func TestPublishable(t *testing.T) {
	t.Parallel()
	key, text := apikey.Generate(501, "page", apikey.Live, []apikey.Scope{apikey.Publish}, now)
	secret, other := apikey.Generate(501, "shop", apikey.Live, []apikey.Scope{apikey.Read}, now)
	if err := key.Verify(text, now); err != nil || !apikey.Published(text) || apikey.Published(other) || !strings.HasPrefix(text, "hpk_live_"+key.ID) {
		t.Errorf("%s: %v", text, err)
	}
	bare := func(text string) string { return text[:len(text)-8] } // keys of before have no checksum
	if err := key.Verify("hsk"+bare(text)[3:], now); fault.ReasonOf(err) != "invalid_api_key" {
		t.Errorf("as a secret key: %v", err)
	}
	if err := secret.Verify("hpk"+bare(other)[3:], now); fault.ReasonOf(err) != "invalid_api_key" {
		t.Errorf("a secret key as one for pages: %v", err)
	}
	if _, err := apikey.Fixed(text, apikey.Key{}); err == nil {
		t.Error("a deployment has a key for pages as its first")
	}
}

func TestVerify_refusals(t *testing.T) {
	t.Parallel()
	key, text := apikey.Generate(501, "shop", apikey.Test, nil, now)
	_, other := apikey.Generate(501, "shop", apikey.Test, nil, now)
	expired, revoked := key, key
	expired.ExpiresAt, revoked.RevokedAt = now, now.Add(-time.Hour)
	tests := map[string]struct {
		key    apikey.Key
		text   string
		reason fault.Reason
	}{
		"another key":       {key, other, "invalid_api_key"},
		"another mode":      {key, strings.Replace(text, "test", "live", 1), "invalid_api_key"},
		"one digit changed": {key, text[:len(text)-1] + flip(text[len(text)-1]), "invalid_api_key"},
		"another's id":      {key, strings.Replace(text, key.ID, "0123456789abcdef", 1), "invalid_api_key"},
		"cut":               {key, text[:len(text)-1], "invalid_api_key"},
		"empty":             {key, "", "invalid_api_key"},
		"expired":           {expired, text, "expired_api_key"},
		"revoked":           {revoked, text, "expired_api_key"},
	}
	for name, tc := range tests {
		if err := tc.key.Verify(tc.text, now); fault.ReasonOf(err) != tc.reason || fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v, want %s", name, err, tc.reason)
		}
	}
}

func flip(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

func TestFixed(t *testing.T) {
	t.Parallel()
	_, text := apikey.Generate(0, "", apikey.Live, nil, now)
	key, err := apikey.Fixed(text, apikey.Key{CommunityID: 7, Name: "bootstrap"})
	if err != nil || key.Verify(text, now) != nil || key.Mode != apikey.Live || key.CommunityID != 7 {
		t.Errorf("Fixed = %+v, %v", key, err)
	}
	for _, bad := range []string{"", "letmein", "hsk_prod_" + text[9:], text + "0", "sk_test_x"} {
		if _, err := apikey.Fixed(bad, apikey.Key{}); fault.ReasonOf(err) != "invalid_api_key" {
			t.Errorf("Fixed(%q) = %v, want invalid_api_key", bad, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key, text := apikey.Generate(1, "", apikey.Test, nil, now)
	f.Add(text)
	f.Add("hsk_test__")
	f.Add("____")
	f.Fuzz(func(t *testing.T, guess string) {
		if err := key.Verify(guess, now); err == nil && guess != text {
			t.Fatalf("%q verifies", guess)
		}
		_, _ = apikey.ID(guess)
	})
}

// A mistyped key is seen without the store; a key of before, without a checksum,
// stays valid.
func TestS13_checksum(t *testing.T) {
	t.Parallel()
	key, text := apikey.Generate(501, "shop", apikey.Live, nil, now)
	for i := range text {
		wrong := text[:i] + flip(text[i]) + text[i+1:]
		if id, err := apikey.ID(wrong); err == nil {
			t.Fatalf("digit %d changed: taken as key %s", i, id)
		}
	}
	old := text[:len(text)-8]
	if err := key.Verify(old, now); err != nil {
		t.Errorf("without the checksum: %v", err)
	}
	fixed, err := apikey.Fixed(text, apikey.Key{})
	if err != nil || fixed.Hash != key.Hash || fixed.Verify(old, now) != nil {
		t.Errorf("fixed: %+v, %v", fixed, err)
	}
	if apikey.ModeOf(text) != apikey.Live || apikey.ModeOf("hsk_live_x") != "" {
		t.Error("the mode of a key")
	}
}
