package notices_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Every reminder of a process is told: to operators if it is theirs, else to both sides.
// Traders are told of theirs by the book of the exchange.
func TestDeals_everyReminderIsTold(t *testing.T) {
	t.Parallel()
	rows := notices.Deals().Rows
	for _, p := range catalog.All() {
		for _, timer := range p.Timers {
			if !timer.Remind || p.Exchange && !timer.Staff {
				continue
			}
			to := notices.Both
			if timer.Staff {
				to = notices.Operators
			}
			if !slices.ContainsFunc(rows, func(r notices.Row) bool { return r.Event == events.Type("reminder."+timer.Name) && r.To == to }) {
				t.Errorf("%s: nobody is told of reminder.%s, which is for %s", p.Name, timer.Name, to)
			}
		}
	}
}

// A row that cannot be told is refused when the program starts.
func TestNewBooks_refuses(t *testing.T) {
	t.Parallel()
	id := func(notices.Happening, notices.Row, notices.Person, string) (string, string) { return "a", "b" }
	entry := func(notices.Happening, notices.Row, string, string) map[string]any { return map[string]any{} }
	for name, tc := range map[string]struct {
		row  notices.Row
		want string
	}{
		"unknown event":      {notices.Row{Event: "transactions.inserted", To: notices.Both, Feed: "x"}, "the catalogue has no such event"},
		"says nothing":       {notices.Row{Event: events.TransactionPaid, To: notices.Both}, "an entry or an e-mail"},
		"no template":        {notices.Row{Event: events.TransactionPaid, To: notices.Both, Mail: "nonsense"}, `no template "nonsense"`},
		"tasks in a feed":    {notices.Row{Event: events.TaskOpened, To: notices.Both, Feed: "x"}, "by e-mail only"},
		"reminder without":   {notices.Row{Event: events.ReviewMissing, To: notices.Both, Mail: "review_reminder"}, "has rounds"},
		"unknown name":       {notices.Row{Event: events.TransactionPaid, To: notices.Both, Feed: "x", Text: "{marketplace} says"}, "nobody knows what it is called"},
		"unknown person":     {notices.Row{Event: events.TransactionPaid, To: "everybody", Feed: "x"}, "nobody is called everybody"},
		"entry to operators": {notices.Row{Event: events.TransactionPaid, To: notices.Operators, Feed: "x"}, "operators have no feed"},
	} {
		_, err := notices.NewBooks(nil, notices.Book{Rows: []notices.Row{tc.row}, ID: id, Entry: entry})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// A text names both sides and the marketplace, and each person is who the deal says.
func TestBooks_Write(t *testing.T) {
	t.Parallel()
	row := func(to notices.Person) notices.Row {
		return notices.Row{Event: events.TransactionPaid, To: to, Feed: string(to), Text: "{buyer} has paid {seller} at {marketplace}."}
	}
	books, err := notices.NewBooks(heads{}, notices.Book{
		Rows: []notices.Row{row(notices.Buyer), row(notices.Author), row(notices.Starter), row(notices.Both)},
		ID: func(_ notices.Happening, r notices.Row, to notices.Person, _ string) (string, string) {
			return string(r.To + to), ""
		},
		Entry: func(_ notices.Happening, _ notices.Row, _, text string) map[string]any {
			return map[string]any{"message": text}
		},
		Names: func(_ context.Context, tx orchestrator.Transaction) (map[string]string, error) {
			return map[string]string{tx.Buyer: "Bea"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	news, err := books.Write(t.Context(), notices.Happening{
		Event:       &orchestrator.Event{Type: "transaction.paid", At: epoch},
		Transaction: orchestrator.Transaction{ID: 7, CommunityID: 501, Process: "preauthorize@1", Deal: process.Deal{Buyer: "bea", Seller: "sam", Starter: "bea", Author: "sam"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range news.Entries {
		got = append(got, e.Type+" "+e.UserID)
		if string(e.Data) != `{"message":"Bea has paid Your counterparty at Sample."}` {
			t.Errorf("%s", e.Data)
		}
	}
	if want := []string{"buyer bea", "author sam", "starter bea", "both bea", "both sam"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}
