package app_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// played is a deal whose sides get e-mails: how it is opened, and what happens in it.
type played struct {
	name, open string
	// A step is who, a transition and its input ("sam track {…}"), a time that passes, or a word of play.
	steps []string
}

const (
	bought  = `"starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}`
	reserve = `{"process":"preauthorize","gateway":"stripe",` + bought + `,"input":{"payment_method":"pm_card_visa"}}`
	invoice = `{"process":"postpay","gateway":"stripe",` + bought + `}`
	online  = `{"process":"escrow_online","gateway":"trustap",` + bought + `}`
	person  = `{"process":"escrow_f2f","gateway":"trustap","deposit":{"amount":2000,"currency":"EUR"},"starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":0,"currency":"EUR"}}`
	accept  = "sam complete_preauthorization"
	send    = `sam track {"carrier":"an-post","tracking_code":"CP123456785IE"}`
	bell    = `bea complain {"description":"the bell is missing"}`
	bill    = `sam invoice {"total_sum":5000}`
	card    = `bea pay_invoice {"payment_method":"pm_card_visa"}`
	because = ` {"reason":"changed my mind"}`
)

var amounts = regexp.MustCompile(`\d+\.\d\d [A-Z]{3}`)

var plays = []played{
	{"preauthorize: goes well", reserve, []string{accept, "bea complete"}},
	{"preauthorize: on our own ledger", strings.Replace(reserve, "stripe", "balance", 1), []string{accept, "bea complete"}},
	{"preauthorize: declined", reserve, []string{"sam reject"}},
	{"preauthorize: withdrawn", reserve, []string{"bea withdraw"}},
	{"preauthorize: refunded", reserve, []string{accept, `olga refund_part {"refund":1000}`, "bea cancel" + because, "olga refund"}},
	{"preauthorize: for the seller", reserve, []string{accept, "bea cancel" + because, "olga dismiss"}},
	{"preauthorize: shared", reserve, []string{accept, "bea cancel" + because, `olga split {"refund":2000,"release":3000}`, "10m"}},
	{"preauthorize: nobody answers", reserve, []string{"200h"}},
	{"preauthorize: confirmed by time", reserve, []string{accept, "360h"}},
	{"postpay: goes well", invoice, []string{bill, card, "bea complete"}},
	{"postpay: declined", invoice, []string{"sam reject"}},
	{"postpay: nobody answers", invoice, []string{"800h"}},
	{"postpay: nobody pays", invoice, []string{bill, "80h", "sam cancel"}},
	{"escrow_online: goes well", online, []string{"pay", send, "bea confirm_delivery", "bea end_complaint_period", "2h"}},
	{"escrow_online: complaint for the buyer", online, []string{"pay", send, "bea confirm_delivery", bell, "sam accept_complaint"}},
	{"escrow_online: complaint for the seller", online, []string{"pay", send, "bea confirm_delivery", bell, "release"}},
	{"escrow_online: never paid", online, []string{"350h"}},
	{"escrow_online: the seller invites", invited("sam", "seller_id"), []string{"bea join", "pay"}},
	{"escrow_online: the buyer invites", invited("bea", "buyer_id"), []string{"sam join", "pay"}},
	{"escrow_online: the invited declines", invited("bea", "buyer_id"), []string{"sam reject"}},
	{"escrow_online: cancelled", online, []string{"bea cancel"}},
	{"escrow_f2f: goes well", person, []string{"deposit", "sam accept_deposit", `sam set_price {"price":10000}`, "remainder", "bea confirm_receipt", "sam confirm_handover", "48h"}},
	{"escrow_f2f: the seller first", person, []string{"deposit", "sam accept_deposit", "sam skip_remainder", "200h", "sam confirm_handover", "48h"}},
	{"escrow_f2f: cancelled", person, []string{"deposit", "bea cancel" + because, "2h"}},
	{"none: some messages", `{"process":"none","gateway":"none",` + strings.Replace(bought, "5000", "0", 1) + `}`, []string{"bea says", "bea says", "sam says", "sam reads", "1h"}},
}

// invited is a deal whose other side is still to come.
func invited(starter, side string) string {
	return `{"process":"escrow_online","gateway":"trustap","transition":"invite","starter_id":"` + starter + `","` + side + `":"` + starter + `",` +
		`"listing":{"title":"Chair"},"unit_price":{"amount":5000,"currency":"EUR"}}`
}

// stageOf plays deals and reads the e-mails about them.
type stageOf struct {
	*testkit.Testbed
	t    *testing.T
	keys int
}

func (s *stageOf) call(path, body string, header ...string) testkit.Response {
	s.t.Helper()
	s.keys++
	r := s.Call("POST", path, body, append(header, "Idempotency-Key", fmt.Sprint("mails-", s.keys))...)
	if r.Status >= 300 {
		s.t.Fatalf("%s %s: %d %s", path, body, r.Status, r.Body)
	}
	s.MustSettle()
	return r
}

func (s *stageOf) step(tx orchestrator.Transaction, deal, step string) {
	s.t.Helper()
	who, rest, _ := strings.Cut(step, " ")
	if d, err := time.ParseDuration(who); err == nil {
		s.Advance(d)
		return
	}
	switch who {
	case "pay":
		s.Pay(tx)
		return
	case "deposit":
		s.PayDeposit(tx)
		return
	case "remainder":
		s.PayRemainder(tx)
		return
	case "release":
		if _, err := s.Sandbox.ResolveComplaint(s.PaymentID(tx), "release"); err != nil {
			s.t.Fatal(err)
		}
		s.MustSettle()
		return
	}
	as := []string{"Handsel-Actor", who}
	what, input, _ := strings.Cut(rest, " ")
	switch what {
	case "says":
		s.call("/v1/transactions/"+deal+"/messages", `{"content":"Is it still there?","sender_id":"`+who+`"}`, as...)
		return
	case "reads":
		s.call("/v1/transactions/"+deal+"/read", `{"user_id":"`+who+`"}`, as...)
		return
	}
	if input == "" {
		input = `{"join_code":"` + tx.JoinCode + `"}`
	}
	if tx.JoinCode == "" || what != "join" && what != "reject" {
		input = strings.Replace(input, `{"join_code":"`+tx.JoinCode+`"}`, "{}", 1)
	}
	if who == "olga" {
		as = []string{"Handsel-Operator", who}
		input = strings.Replace(input, "{", `{"reason":"looked at it",`, 1)
		input = strings.Replace(input, ",}", "}", 1)
	}
	s.call("/v1/transactions/"+deal+"/transitions", `{"transition":"`+what+`","input":`+input+`}`, as...)
}

// play plays a deal and lists its e-mails by person, in the order in which they were sent.
func (s *stageOf) play(p played) string {
	s.t.Helper()
	starter := "bea"
	if strings.Contains(p.open, `"starter_id":"sam"`) {
		starter = "sam"
	}
	opened := s.call("/v1/transactions", p.open, "Handsel-Actor", starter)
	deal := id(s.t, opened, "id")
	var shown struct{ Number int64 }
	opened.JSON(s.t, &shown)
	for _, step := range p.steps {
		tx, err := s.Store.Transaction(s.t.Context(), 501, shown.Number)
		if err != nil {
			s.t.Fatal(err)
		}
		s.step(tx, deal, step)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "= %s\n", p.name)
	all := s.Mailbox.Messages()
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b mail.Message) int { return strings.Compare(a.To, b.To) }) // each in the order of its own
	seen := map[string]int{}
	for _, m := range all {
		if !strings.HasPrefix(m.ID, fmt.Sprint(shown.Number, ".")) {
			continue
		}
		if seen[m.ID]++; seen[m.ID] > 1 {
			s.t.Errorf("%s: %s came twice", p.name, m.ID)
		}
		to, _, _ := strings.Cut(m.To, "@")
		fmt.Fprintf(&out, "%s %s %s\n", to, m.Kind, strings.Join(amounts.FindAllString(m.Text, -1), " "))
		if strings.Contains(m.Text+m.HTML, "bell is missing") || strings.Contains(m.Text, "Is it still there") || strings.Contains(m.Text, "pm_card") {
			s.t.Errorf("%s: %s says what is for nobody's mailbox:\n%s", p.name, m.Kind, m.Text)
		}
	}
	return strings.ReplaceAll(out.String(), " \n", "\n")
}

// TestDealMails plays deals of every process and holds who gets which e-mail, and which
// amount it names, against testdata/deal_mails.txt: each once, in order. -update writes it.
func TestDealMails(t *testing.T) {
	t.Parallel()
	const path = "testdata/deal_mails.txt"
	testkit.OnBoth(t, func(t *testing.T, url string) {
		s := &stageOf{testkit.New(t, testkit.Options{DatabaseURL: url}), t, 0}
		s.call("/v1/balances/bea/deposits", `{"amount":100000,"currency":"EUR","reason":"paid in"}`, "Handsel-Operator", "olga")
		postgres := strings.HasPrefix(url, "postgres")
		if *update && !postgres {
			var out strings.Builder
			for _, p := range plays {
				out.WriteString(s.play(p))
			}
			if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
		recorded, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimPrefix(string(recorded), "= "), "\n= ")
		if len(want) != len(plays) {
			t.Fatalf("%d deals are recorded, and there are %d", len(want), len(plays))
		}
		for i, p := range plays {
			if postgres && (i%3 > 0 || slices.ContainsFunc(p.steps, long)) {
				continue // time passes slowly there
			}
			got := strings.TrimPrefix(s.play(p), "= ")
			if diff := gocmp.Diff(strings.TrimSpace(want[i]), strings.TrimSpace(got)); diff != "" {
				t.Errorf("who gets what in %s (-want +got):\n%s", p.name, diff)
			}
		}
	})
}

func long(step string) bool {
	d, err := time.ParseDuration(step)
	return err == nil && d > 100*time.Hour
}

// silent are the public events of deals of which no side gets an e-mail, and why.
var silent = map[events.Type]string{
	events.TransactionActionRequired:       "the page on which the buyer pays says so",
	events.TransactionBooked:               "an entry of staff, in a deal of one person",
	events.TransactionComplaintPeriodEnded: "the release follows",
	events.TransactionCreated:              "the other side is not known yet, or the next step follows at once",
	events.TransactionErrored:              "the failed payment was told",
	events.TransactionInitiated:            "the buyer is paying",
	events.TransactionLabelsChanged:        "the marketplace has noted something for itself",
	events.TransactionLossSettled:          "between the marketplace and its seller",
	events.TransactionPaidUndue:            "between the marketplace and its seller",
	events.TransactionPayeeRepaid:          "between the marketplace and its seller",
	events.TransactionPaying:               "the buyer is paying",
	events.TransactionPendingExt:           "the gateway decides, and what it decides is told",
	events.TransactionReturning:            "the refund follows, or the payout comes again",
	events.TransactionSettling:             "the end of it is told",
	events.TransactionTransitioned:         "comes beside the event of each step",
}

// Of every event of a deal it is decided whether its sides get an e-mail, and every kind
// that there is goes to somebody in a played market, or is listed with its reason.
func TestDealMails_complete(t *testing.T) {
	t.Parallel()
	rows := allBooks(t).Rows()
	for _, k := range events.Catalogue() {
		if !strings.HasPrefix(string(k.Name), "transaction.") {
			continue
		}
		told := slices.ContainsFunc(rows, func(r notices.Row) bool { return r.Event == k.Name && r.Mail != "" })
		if _, quiet := silent[k.Name]; told == quiet {
			t.Errorf("%s: e-mail %t, listed as silent %t", k.Name, told, quiet)
		}
	}
	recorded, err := os.ReadFile("testdata/deal_mails.txt")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := map[mail.Kind]string{
		"payment_not_taken": "TestDealMail_rows", "payment_disputed": "TestDealMail_rows", "paid_out": "TestDealMail_rows",
		"payout_arrived": "TestDealMail_rows", "chargeback": "TestDealMail_rows", "chargeback_won": "TestDealMail_rows",
		"endpoint_failing": "TestWebhooks_operatorsAreTold", "endpoint_disabled": "TestWebhooks_operatorsAreTold",
	}
	for _, kind := range mail.Kinds() {
		_, traded := posted[kind]
		if _, listed := elsewhere[kind]; !traded && !listed && !strings.Contains(string(recorded), " "+string(kind)) {
			t.Errorf("nobody gets %s", kind)
		}
	}
}
