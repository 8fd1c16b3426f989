package secretbox_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/secretbox"
)

func key(id string, fill byte) secretbox.Key {
	return secretbox.Key{ID: id, Secret: [secretbox.KeySize]byte(bytes.Repeat([]byte{fill}, secretbox.KeySize))}
}

func box(t testing.TB, keys ...secretbox.Key) *secretbox.Box {
	t.Helper()
	b, err := secretbox.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seal(t testing.TB, b *secretbox.Box, plain, associated string) []byte {
	t.Helper()
	sealed, err := b.Seal([]byte(plain), []byte(associated))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestRotation(t *testing.T) {
	t.Parallel()
	old, young := box(t, key("2025", 1)), box(t, key("2026", 2), key("2025", 1))
	for name, tc := range map[string]struct {
		sealed []byte
		opener *secretbox.Box
		ok     bool
	}{
		"the same box":              {seal(t, old, "secret", "ad 1"), old, true},
		"an old text, the new box":  {seal(t, old, "secret", "ad 1"), young, true},
		"a new text, the new box":   {seal(t, young, "secret", "ad 1"), young, true},
		"a new text, the old box":   {seal(t, young, "secret", "ad 1"), old, false},
		"another key, the same id":  {seal(t, old, "secret", "ad 1"), box(t, key("2025", 3)), false},
		"data of something else":    {seal(t, old, "secret", "ad 2"), old, false},
		"the first key is the seal": {seal(t, young, "secret", "ad 1"), box(t, key("2026", 2)), true},
	} {
		plain, err := tc.opener.Open(tc.sealed, []byte("ad 1"))
		if tc.ok && (err != nil || string(plain) != "secret") {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
		if !tc.ok && !errors.Is(err, secretbox.ErrUnreadable) {
			t.Errorf("%s: %q, %v; want ErrUnreadable", name, plain, err)
		}
	}
}

func TestSealIsSecret(t *testing.T) {
	t.Parallel()
	b := box(t, key("k", 1))
	one, two := seal(t, b, "secret", "x"), seal(t, b, "secret", "x")
	if bytes.Equal(one, two) {
		t.Error("two seals of one text are the same")
	}
	if bytes.Contains(one, []byte("secret")) {
		t.Error("the text stands in its seal")
	}
	for i := range one {
		changed := bytes.Clone(one)
		changed[i] ^= 1
		if plain, err := b.Open(changed, []byte("x")); fault.ReasonOf(err) != "secret_unreadable" {
			t.Errorf("byte %d changed: %q, %v", i, plain, err)
		}
		if plain, err := b.Open(one[:i], []byte("x")); !errors.Is(err, secretbox.ErrUnreadable) {
			t.Errorf("cut to %d bytes: %q, %v", i, plain, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]secretbox.Key{
		"none": nil, "no name": {key("", 1)}, "a long name": {key(strings.Repeat("x", 33), 1)},
		"a bad name": {key("a:b", 1)}, "one name twice": {key("a", 1), key("a", 2)},
	} {
		if _, err := secretbox.New(keys...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	text := func(k secretbox.Key) string { return k.ID + ":" + base64.StdEncoding.EncodeToString(k.Secret[:]) }
	keys, err := secretbox.ParseKeys(text(key("b", 2)) + ", " + text(key("a", 1)))
	if err != nil || len(keys) != 2 || keys[0] != key("b", 2) || keys[1] != key("a", 1) {
		t.Errorf("keys = %v, %v", keys, err)
	}
	for _, bad := range []string{"", "a", "a:", "a:hunter2", "a:" + base64.StdEncoding.EncodeToString([]byte("hunter2")), text(key("a", 1)) + ","} {
		if _, err := secretbox.ParseKeys(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("ParseKeys(%q) = %v", bad, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", keys[0], keys, keys[0]); strings.Contains(got, " 2 2") || strings.Contains(got, "0x2") {
		t.Errorf("a printed key shows its secret: %s", got)
	}
}

func FuzzOpen(f *testing.F) {
	b := box(f, key("k", 1))
	f.Add(seal(f, b, "secret", "x"), []byte("x"))
	f.Add([]byte{1, 200}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, associated []byte) {
		if plain, err := b.Open(sealed, associated); err == nil && string(plain) != "secret" {
			t.Errorf("opened to %q", plain)
		}
	})
}

// A text opens only where it belongs.
func ExampleBox() {
	box, err := secretbox.New(secretbox.Key{ID: "2026", Secret: [secretbox.KeySize]byte{1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err := box.Seal([]byte("card 2200…"), []byte("ad 7"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := box.Open(sealed, []byte("ad 7"))
	fmt.Println(string(plain), err)
	_, err = box.Open(sealed, []byte("ad 8"))
	fmt.Println(errors.Is(err, secretbox.ErrUnreadable))
	// Output:
	// card 2200… <nil>
	// true
}
