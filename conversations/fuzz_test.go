package conversations_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/conversations"
)

func allowed() []string {
	return []string{"image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain; charset=utf-8"}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{png, jpeg, webp, pdf, zip, png + zip, "text", "<svg/>", "\ufeff <!DOCTYPE html>", "a\x00b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		kind, ok := conversations.Sniff(content)
		if !ok {
			return
		}
		if !slices.Contains(allowed(), kind) || kind != http.DetectContentType(content) {
			t.Errorf("%q is taken as %s", content, kind)
		}
		if strings.HasPrefix(kind, "text/") && (!utf8.Valid(content) || strings.ContainsAny(string(content), "\x00\x1b")) {
			t.Errorf("%q is taken as text", content)
		}
		if _, ok := conversations.Sniff(slices.Concat(content, []byte(zip))); ok {
			t.Errorf("%q with an archive is taken", content)
		}
	})
}

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"bill.png", "../x", `C:\y.txt`, ".", "a\u202eb", "\xff.pdf", strings.Repeat("ä", 200), " . png", "a.PNG.png"} {
		f.Add(seed, byte(0))
	}
	f.Fuzz(func(t *testing.T, name string, which byte) {
		kind := allowed()[int(which)%len(allowed())]
		clean := conversations.CleanName(name, kind)
		if n := utf8.RuneCountInString(clean); n < 5 || n > 120 || !utf8.ValidString(clean) {
			t.Errorf("%q has %d characters", clean, n)
		}
		if strings.ContainsAny(clean, `/\"*:<>?|`) || strings.HasPrefix(clean, ".") || !strings.Contains(clean, ".") {
			t.Errorf("%q is no name of a file", clean)
		}
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("%q has %U", clean, r)
			}
		}
		if again := conversations.CleanName(clean, kind); again != clean {
			t.Errorf("%q becomes %q when it is cleaned again", clean, again)
		}
	})
}
