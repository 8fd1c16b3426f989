package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// golden compares lines with those of testdata, which are read by people.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	file, got := filepath.Join("testdata", name+".txt"), strings.Join(lines, "\n")+"\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s says\n%s\nthe program says\n%s\nrun with -update and read the difference", file, want, got)
	}
}

// beaAndSam names the sides, as the golden texts do.
func beaAndSam(d *process.Deal) {
	for _, id := range []*string{&d.Starter, &d.Author, &d.Buyer, &d.Seller} {
		switch *id {
		case "buyer":
			*id = "bea"
		case "seller":
			*id = "sam"
		case "stranger":
			*id = "joe"
		}
	}
}

// What is in progress at a gateway, or doubtful there, and every reason of a hold is told.
func TestTell_holdsAndOperations(t *testing.T) {
	t.Parallel()
	var lines []string
	tell := func(what string, p *process.Process, d process.Deal, o *process.InProgress) {
		told := p.Tell(process.Voice{}, d, nil, o, t0)
		if told.Waits.Role == "" || len(told.Summary) > process.SummaryLimit || strings.ContainsAny(told.Summary, "{}[]") {
			t.Errorf("%s waits for %q: %s", what, told.Waits.Role, told.Summary)
		}
		if text := fmt.Sprintf("%s (%s): %s", what, told.Waits.Role, told.Summary); !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	for _, reason := range []string{
		"the gateway reports 1 EUR", "the books differ: 1 EUR", "the books of this transaction contradict each other: entry 3", "a reason of tomorrow",
		"10.00 EUR went back: settle the loss", "10.00 EUR came back: pay it to the payee, then take the transition repay_payee",
	} {
		d := standing(escrowonline.V1(), escrowonline.Paid)
		d.Attention = reason
		switch process.AttentionOf(reason).Reason {
		case process.ToBeSettled:
			d.Funds = process.Funds{PayeeDue: 900}
			if strings.HasSuffix(reason, "loss") {
				d.Funds = process.Funds{ChargedBack: 1000}
			}
		}
		tell(string(process.AttentionOf(reason).Reason), escrowonline.V1(), d, nil)
	}
	for _, p := range catalog.All() {
		for _, r := range p.Rules {
			if r.Verb == "" {
				continue
			}
			o := process.Operation{Transition: r.Name, Verb: r.Verb, Open: true, Input: map[string]string{"refund": "234", "release": "766", "price": "3000"}}
			if len(r.From) > 0 {
				o.From = r.From[0]
			}
			for _, doubtful := range []bool{false, true} {
				tell(p.Name+" "+string(r.Verb), p, standing(p, o.From), &process.InProgress{Operation: o, Doubtful: doubtful})
			}
		}
	}
	golden(t, "told/operations", lines)
}

// standing is a deal in a state, with the money that the state says.
func standing(p *process.Process, s process.State) process.Deal {
	d := deal(s)
	info, _ := p.StateInfo(s)
	switch {
	case info.Money == process.HoldsAuthorized:
		d.Funds = process.Funds{Authorized: 1312}
	case info.Money == process.HoldsEscrow:
		d.Funds = process.Funds{Captured: 1312, Held: 1234, Fees: 78}
	case info.Terminal:
		d.Funds = process.Funds{Captured: 1312, Released: 1234, Fees: 78}
	}
	return d
}

// Ids that may be somebody's address, name or card are in no sentence.
func TestTell_namesNoSecrets(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"sam@example.com", "Sam Smith", "Zoë", "4111111111111111", "4111-1111-1111-1111", "5555.5555.5555.4444", strings.Repeat("a", 41), "+4917612345678", "<b>sam</b>", "sam\n",
	} {
		d := deal(escrowonline.Paid)
		d.Seller, d.Funds = id, process.Funds{Captured: 1312, Held: 1234, Fees: 78}
		told := escrowonline.V1().Tell(process.Voice{}, d, nil, nil, t0)
		if want := "The seller has to ship the goods and give the tracking code."; told.Summary != want {
			t.Errorf("%q is told as %q, want %q", id, told.Summary, want)
		}
		if len(told.Waits.Users) != 1 || told.Waits.Users[0] != id {
			t.Errorf("waits for %v, want %q", told.Waits, id)
		}
	}
}

// A table that leaves something untold is refused.
func TestValidate_words(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *process.Words){
		"state paid needs words":                   func(w *process.Words) { delete(w.States, "paid") },
		"unknown state nowhere":                    func(w *process.Words) { w.States["nowhere"] = process.Says("", "Nothing.") },
		"timer payment_window needs words":         func(w *process.Words) { delete(w.Timers, "payment_window") },
		"unknown timer tea":                        func(w *process.Words) { w.Timers["tea"] = "it is cold" },
		"waits for operator, who cannot act":       func(w *process.Words) { w.States["paid"] = process.Says(process.Operator, "An operator has to wait.") },
		"does not say for whom":                    func(w *process.Words) { w.States["paid"] = process.Says("", "All is well.") },
		`waits for seller, whom "Somebody waits."`: func(w *process.Words) { w.States["paid"] = process.Says(process.Seller, "Somebody waits.") },
		"nobody fills {sum}":                       func(w *process.Words) { w.States["paid"] = process.Says(process.Seller, "{seller} has to ship {sum}.") },
		"do not match": func(w *process.Words) {
			w.States["paid"] = process.Says(process.Seller, "{seller} has to ship[ by {due}.")
		},
	}
	for want, change := range tests {
		p := escrowonline.V1()
		change(&p.Words)
		if err := process.Validate(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say that %s", err, want)
		}
	}
}

// Every state of every process is told, in every form that its words have, and in every
// situation that the explorer reaches as one sentence that is short enough.
func TestTell_everyState(t *testing.T) {
	t.Parallel()
	for _, p := range catalog.All() {
		found := explorations()[p.Ref()]
		if found.err != nil {
			t.Fatal(found.err)
		}
		lines, unsaid, problems := found.reached.Retell(beaAndSam)
		for _, problem := range problems {
			t.Errorf("%s: %s", p.Ref(), problem)
		}
		if len(unsaid) > 0 {
			t.Errorf("%s: these sayings are never told: %s", p.Ref(), strings.Join(unsaid, ", "))
		}
		golden(t, fmt.Sprintf("told/%s", p.Name), lines)
	}
}
