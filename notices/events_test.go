package notices_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// emitted lists what a process can write into the outbox, with the step.
func emitted(p *process.Process) map[string]process.Transition {
	all := map[string]process.Transition{}
	add := func(r process.Rule, from, to process.State, sets process.Fact) {
		if sets == "" {
			sets = r.Observe
		}
		switch {
		case to != "" && to != from:
			all["transaction."+string(to)] = r.Name
		case sets != "":
			all["transaction."+string(sets)] = r.Name
		}
	}
	for _, r := range p.Rules {
		from := r.From
		if len(from) == 0 {
			from = []process.State{""}
		}
		for _, f := range from {
			add(r, f, r.To, r.Sets)
			if r.During != "" {
				add(r, f, r.During, "")
			}
			for _, b := range r.Else {
				add(r, f, b.To, b.Sets)
			}
		}
	}
	for _, t := range p.Timers {
		if t.Remind {
			all["reminder."+string(t.Name)] = ""
		}
	}
	return all
}

// Everything that a process can write into the outbox has a name in the catalogue, and
// whatever the catalogue names can happen.
func TestCatalogue_isComplete(t *testing.T) {
	t.Parallel()
	kinds := map[notices.Event]notices.Kind{}
	steps := map[process.Transition]bool{}
	for _, k := range notices.Catalogue() {
		if _, twice := kinds[k.Name]; twice {
			t.Errorf("%s is listed twice", k.Name)
		}
		kinds[k.Name] = k
		for _, s := range k.Transitions {
			if steps[s] {
				t.Errorf("two events stand for %s", s)
			}
			steps[s] = true
		}
	}
	happens := map[notices.Event]bool{notices.AlertOnHold: true, notices.MessageSent: true, notices.ReviewMissing: true, notices.TaskOpened: true, notices.PayoutPaid: true, notices.PayoutFailed: true}
	taken := map[process.Transition]bool{}
	for _, p := range catalog.All() {
		for kind, step := range emitted(p) {
			if p.Name == "p2p_order" && step != "" {
				continue
			}
			happens[notices.Event(kind)] = true
			if _, known := kinds[notices.Event(kind)]; !known {
				t.Errorf("%s writes %s, which the catalogue does not have", p.Name, kind)
			}
		}
		for _, r := range p.Rules {
			if p.Name == "p2p_order" {
				taken[r.Name] = true
				if !steps[r.Name] {
					t.Errorf("no event stands for %s of an order", r.Name)
				}
			}
		}
	}
	for name, k := range kinds {
		if len(k.Transitions) == 0 && !happens[name] {
			t.Errorf("%s can never happen", name)
		}
		for _, s := range k.Transitions {
			if !taken[s] {
				t.Errorf("%s stands for %s, which no order has", name, s)
			}
		}
	}
}

// Each event says what it means, is named for a thing and what became of it, and its
// example has fields that are described.
func TestCatalogue_says(t *testing.T) {
	t.Parallel()
	good := regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)
	for _, k := range notices.Catalogue() {
		if !good.MatchString(string(k.Name)) || k.Means == "" || k.Since == "" || k.Source == "" || strings.HasSuffix(k.Means, ".") {
			t.Errorf("%+v says too little, or has no good name", k)
		}
		var data any
		if err := json.Unmarshal([]byte(k.Example()), &data); err != nil {
			t.Errorf("the example of %s: %v", k.Name, err)
		}
		if list, is := data.([]any); is {
			data = list[0]
		}
		for name := range data.(map[string]any) {
			if !slices.ContainsFunc(k.Source.Fields(), func(f notices.Field) bool { return f.Name == name }) {
				t.Errorf("the example of %s has a field %s that nothing describes", k.Name, name)
			}
		}
	}
}

// Every reminder of a process is told: to operators if it is theirs, else to both sides.
func TestDeals_everyReminderIsTold(t *testing.T) {
	t.Parallel()
	rows := notices.Deals().Rows
	for _, p := range catalog.All() {
		for _, timer := range p.Timers {
			if !timer.Remind {
				continue
			}
			to := notices.Both
			if timer.Staff {
				to = notices.Operators
			}
			if !slices.ContainsFunc(rows, func(r notices.Row) bool { return r.Event == notices.Event("reminder."+timer.Name) && r.To == to }) {
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
		"says nothing":       {notices.Row{Event: notices.TransactionPaid, To: notices.Both}, "an entry or an e-mail"},
		"no template":        {notices.Row{Event: notices.TransactionPaid, To: notices.Both, Mail: "nonsense"}, `no template "nonsense"`},
		"tasks in a feed":    {notices.Row{Event: notices.TaskOpened, To: notices.Both, Feed: "x"}, "by e-mail only"},
		"reminder without":   {notices.Row{Event: notices.ReviewMissing, To: notices.Both, Mail: "review_reminder"}, "has rounds"},
		"unknown name":       {notices.Row{Event: notices.TransactionPaid, To: notices.Both, Feed: "x", Text: "{marketplace} says"}, "nobody knows what it is called"},
		"unknown person":     {notices.Row{Event: notices.TransactionPaid, To: "everybody", Feed: "x"}, "nobody is called everybody"},
		"entry to operators": {notices.Row{Event: notices.TransactionPaid, To: notices.Operators, Feed: "x"}, "operators have no feed"},
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
		return notices.Row{Event: notices.TransactionPaid, To: to, Feed: string(to), Text: "{buyer} has paid {seller} at {marketplace}."}
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
