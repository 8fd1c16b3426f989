package mail_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/mail"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// TestLetters_recording holds what every kind says in every language against
// testdata/letters_*.txt, with all that may stand in it and with nothing. -update writes
// them anew: read the difference.
func TestLetters_recording(t *testing.T) {
	t.Parallel()
	for _, language := range mail.Languages() {
		var out strings.Builder
		for _, kind := range mail.Kinds() {
			full, bare := example(), mail.Data{Marketplace: "Example Market", OrderID: "12"}
			full.Counterparty, full.Recipient, full.Link = "", "", ""
			full.Language, bare.Language = language, language
			for _, d := range []mail.Data{full, bare} {
				m, err := templates(t).Write(kind, d)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "= %s\nSubject: %s\n%s\n", kind, m.Subject, strings.ReplaceAll(m.Text, "\n\n", "\n"))
			}
		}
		recorded(t, "letters_"+language+".txt", out.String())
	}
	m, err := templates(t).Write("ship_now", example())
	if err != nil {
		t.Fatal(err)
	}
	recorded(t, "letter.html", m.HTML)
}

func recorded(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
