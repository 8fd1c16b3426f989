package publicid_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/publicid"
)

func codec(t testing.TB, secret string) publicid.Codec {
	t.Helper()
	c, err := publicid.New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const secret = "a secret for tests, 32 bytes long"

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	c := codec(t, secret)
	form := regexp.MustCompile(`^txn_[a-z2-7]{26}$`)
	seen := map[string]bool{}
	for _, id := range []int64{0, 1, 2, 255, 256, math.MaxInt32, math.MaxInt64, -1, math.MinInt64} {
		text := c.Seal(publicid.Transaction, id)
		if !form.MatchString(text) || seen[text] {
			t.Errorf("Seal(%d) = %q: wrong form or used twice", id, text)
		}
		seen[text] = true
		if got, err := c.Open(publicid.Transaction, text); err != nil || got != id {
			t.Errorf("Open(%q) = %d, %v; want %d", text, got, err, id)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := codec(t, secret)
	good := c.Seal(publicid.Transaction, 42)
	tests := map[string]string{
		"empty":            "",
		"prefix only":      "txn_",
		"number":           "42",
		"short":            good[:len(good)-1],
		"long":             good + "a",
		"upper case":       strings.ToUpper(good),
		"other kind":       c.Seal(publicid.Cursor, 42),
		"kind exchanged":   "txn_" + strings.TrimPrefix(c.Seal(publicid.Cursor, 42), "cur_"),
		"another secret":   codec(t, "another secret of enough length").Seal(publicid.Transaction, 42),
		"foreign letters":  "txn_" + strings.Repeat("1", 26),
		"first letter off": "txn_" + turn(good[4]) + good[5:],
		"trailing bits":    good[:len(good)-1] + turn(good[len(good)-1]),
		"line break":       good[:20] + "\n" + good[21:],
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := c.Open(publicid.Transaction, text); !errors.Is(err, publicid.ErrInvalid) {
				t.Errorf("Open(%q) = %d, %v; want ErrInvalid", text, got, err)
			}
		})
	}
}

// turn gives the next letter of the alphabet.
func turn(letter byte) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	return string(alphabet[(strings.IndexByte(alphabet, letter)+1)%len(alphabet)])
}

func TestShortSecret(t *testing.T) {
	t.Parallel()
	if _, err := publicid.New([]byte("short")); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("New = %v, want an error that does not show the secret", err)
	}
}

func FuzzOpen(f *testing.F) {
	c := codec(f, secret)
	f.Add(c.Seal(publicid.Transaction, 7))
	f.Add("txn_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := c.Open(publicid.Transaction, text)
		if err == nil && c.Seal(publicid.Transaction, id) != text {
			t.Errorf("%q opens as %d, which seals otherwise", text, id)
		}
	})
}

func ExampleCodec() {
	c, _ := publicid.New([]byte("a secret that stays the same"))
	id := c.Seal(publicid.Transaction, 1234)
	number, _ := c.Open(publicid.Transaction, id)
	fmt.Println(len(id), number)
	// Output: 30 1234
}

func TestSealIn(t *testing.T) {
	t.Parallel()
	c := codec(t, secret)
	seen := map[string]bool{}
	for _, community := range []int64{1, 501, 1<<40 - 1, 1 << 40, 1<<56 - 1} {
		for _, n := range []int64{1, 501, 1<<48 - 1} {
			id := c.SealIn(publicid.Event, community, n)
			if seen[id] || !strings.HasPrefix(id, "evt_") {
				t.Errorf("SealIn(%d, %d) = %q: wrong form or used twice", community, n, id)
			}
			seen[id] = true
			if got, err := c.OpenIn(publicid.Event, community, id); err != nil || got != n {
				t.Errorf("OpenIn(%d, %q) = %d, %v", community, id, got, err)
			}
			if _, err := c.OpenIn(publicid.Event, community+1, id); !errors.Is(err, publicid.ErrInvalid) {
				t.Errorf("%q opens in another community", id)
			}
		}
	}
	for _, id := range []string{"", "evt_", c.Seal(publicid.Transaction, 7), c.Seal(publicid.Event, 7)} {
		if _, err := c.OpenIn(publicid.Event, 501, id); !errors.Is(err, publicid.ErrInvalid) {
			t.Errorf("%q opens", id)
		}
	}
}
