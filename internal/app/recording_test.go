package app_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// Ids of rows and ports differ from run to run; a recording has the first id as #1 and so on.
// A colour is neither, and a signed link is another one in each database.
var rowID = regexp.MustCompile(`color: #\d+|/mail/stop/[A-Za-z0-9_-]+|127\.0\.0\.1:\d+|\b\d{5,}\b`)

// TestNotices_recording holds every feed entry and e-mail of a played market against
// testdata/notices.txt, byte for byte but for the ids of rows. -update writes it anew.
func TestNotices_recording(t *testing.T) {
	t.Parallel()
	const path = "testdata/notices.txt"
	w := &trial{testkit.New(t, testkit.Options{}), t, "", nil, 0}
	occasions(w)
	var out strings.Builder
	for _, user := range []string{app.Alice.ID, app.Bob.ID, "bea", "sam"} {
		entries, err := w.Store.FeedEntries(t.Context(), app.SampleCommunity, user, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "= feed of %s\n", user)
		for _, e := range entries {
			fmt.Fprintf(&out, "%d %s %s newer=%t %s %s\n", e.Sequence, e.ID, e.Type, e.Newer, e.At.UTC().Format("2006-01-02T15:04:05Z"), e.Data)
		}
	}
	mails := w.Mailbox.Messages()
	slices.SortFunc(mails, func(a, b mail.Message) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range mails {
		fmt.Fprintf(&out, "= e-mail %s\nFrom: %s\nTo: %s\nSubject: %s\n\n%s\n%s\n", m.ID, m.From, m.To, m.Subject, m.Text, m.HTML)
	}
	known := map[string]string{}
	got := rowID.ReplaceAllStringFunc(out.String(), func(id string) string {
		switch {
		case strings.HasPrefix(id, "color"):
			return id
		case strings.HasPrefix(id, "/mail"): // signed with the key of the database
			return "/mail/stop/link"
		case strings.HasPrefix(id, "127"):
			return "127.0.0.1:port"
		case known[id] == "":
			known[id] = fmt.Sprintf("#%d", len(known)+1)
		}
		return known[id]
	})
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
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("what people are sent (-want +got):\n%s", diff)
	}
}
