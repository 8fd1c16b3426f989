package pass_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
)

// The codes of the appendix of RFC 6238, of which apps show the last six digits.
func TestCodes(t *testing.T) {
	t.Parallel()
	key := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		now := time.Unix(at, 0)
		if got := pass.CodeAt(key, pass.CodeStep(now)); got != want {
			t.Errorf("the code at %d is %s, want %s", at, got, want)
		}
		for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			if step, found := pass.FindCode(key, want[:3]+" "+want[3:], now.Add(off)); !found || step != pass.CodeStep(now) {
				t.Errorf("%s is not taken %s later", want, off)
			}
		}
		if _, found := pass.FindCode(key, want, now.Add(90*time.Second)); found {
			t.Errorf("%s is taken when it is old", want)
		}
	}
	if got := pass.KeyURL(key, "A shop", "olga@7"); got != "otpauth://totp/A%20shop:olga@7?issuer=A%20shop&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(got)
	}
	if path, side, err := pass.Drawn(pass.KeyURL(key, "A shop", "olga@7")); err != nil || side < 29 || !strings.HasPrefix(path, "M4 4h1v1h-1z") {
		t.Error(path, side, err)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	hash, err := pass.HashPassword(rand.Reader, "correct horse battery")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(hash, err)
	}
	other, err := pass.HashPassword(rand.Reader, "correct horse battery")
	if err != nil || other == hash {
		t.Error("two hashes have one salt")
	}
	for of, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false, "": false} {
		if got := pass.IsPassword(hash, of); got != want {
			t.Errorf("%q: %t", of, got)
		}
	}
	for _, broken := range []string{"", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", hash[:len(hash)-1], strings.Repeat("$", 9)} {
		if pass.IsPassword(broken, "correct horse battery") || pass.IsPassword(broken, "") {
			t.Errorf("%q takes a password", broken)
		}
	}
	codes, hashes, err := pass.Spares(rand.Reader, 10)
	if err != nil || len(codes) != 10 || pass.SpareHash(strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))) != hashes[3] || hashes[3] == hashes[4] {
		t.Error(codes, err)
	}
}
