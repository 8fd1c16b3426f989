package process_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// mutant is a shipped process with one planted bug.
type mutant struct {
	of    func() *process.Process
	plant func(p *process.Process)
	by    []string // who has to catch it
}

// row changes the row of a transition from a state; the empty state is the beginning.
func row(name process.Transition, from process.State, change func(r *process.Rule)) func(*process.Process) {
	return func(p *process.Process) {
		for i, r := range p.Rules {
			if r.Name == name && (slices.Contains(r.From, from) || from == "" && len(r.From) == 0) {
				change(&p.Rules[i])
			}
		}
	}
}

func state(name process.State, change func(s *process.StateInfo)) func(*process.Process) {
	return func(p *process.Process) {
		for i := range p.States {
			if p.States[i].Name == name {
				change(&p.States[i])
			}
		}
	}
}

func withoutTimer(name process.TimerName) func(*process.Process) {
	return func(p *process.Process) {
		p.Timers = slices.DeleteFunc(p.Timers, func(t process.Timer) bool { return t.Name == name })
	}
}

const validate, explore, walk = "Validate", "Explore", "Walk"

var checks = map[string]func(p *process.Process) error{
	validate: process.Validate,
	explore:  func(p *process.Process) error { _, err := process.Explore(p); return err },
	walk: func(p *process.Process) error {
		// Some rows are taken once in thousands of steps.
		for seed := range uint64(4) {
			if _, err := process.Walk(p, seed+1, 50_000); err != nil {
				return err
			}
		}
		return nil
	},
}

var mutants = map[string]mutant{
	"reject keeps the reservation": {preauthorize.V1, row("reject", "preauthorized", func(r *process.Rule) { r.Effect = "" }), []string{explore, walk}},
	"cancel refunds on paper only": {preauthorize.V1, row("cancel", "paid", func(r *process.Rule) { r.To = "refunded" }), []string{explore, walk}},
	"split of any two amounts":     {preauthorize.V1, row("split", "canceled", func(r *process.Rule) { r.Guards = r.Guards[:1] }), []string{explore, walk}},
	"split without a fact":         {preauthorize.V1, row("split", "canceled", func(r *process.Rule) { r.Sets = "" }), []string{validate}},
	"a buyer may expire":           {preauthorize.V1, row("expire", "preauthorized", func(r *process.Rule) { r.By = append(r.By, process.Buyer) }), []string{explore}},
	"a seller may complete":        {preauthorize.V1, row("complete", "paid", func(r *process.Rule) { r.By = append(r.By, process.Seller) }), []string{explore, walk}},
	"money left at the end":        {postpay.V1, state("dismissed", func(s *process.StateInfo) { s.Money = process.HoldsAnything }), []string{validate}},
	"no timer drops a hold":        {preauthorize.V1, withoutTimer("hold_expiry"), []string{validate, explore, walk}},
	"a seller cancels what is paid": {p2porder.V1, row("cancel_sale", "pending", func(r *process.Rule) { r.From = append(r.From, "paid_by_buyer") }),
		[]string{explore, walk}},
	"refund pays the seller":            {preauthorize.V1, row("refund", "canceled", func(r *process.Rule) { r.Effect = process.PayOut }), []string{explore, walk}},
	"dismiss pays the buyer":            {postpay.V1, row("dismiss", "canceled", func(r *process.Rule) { r.Effect = process.RefundPayer }), []string{explore, walk}},
	"capture posts nothing":             {preauthorize.V1, row("complete_preauthorization", "preauthorized", func(r *process.Rule) { r.Effect = "" }), []string{explore, walk}},
	"capture takes twice":               {preauthorize.V1, row("complete_preauthorization", "preauthorized", func(r *process.Rule) { r.Effect = process.Collect }), []string{explore, walk}},
	"a lost dispute moves nothing":      {postpay.V1, row("lose_dispute", "disputed", func(r *process.Rule) { r.Effect = "" }), []string{explore, walk}},
	"what is begun counts as paid":      {postpay.V1, row("pay_invoice", "accepted", paidAtOnce), []string{explore, walk}},
	"an order is appealed for ever":     {p2porder.V1, appealForEver, []string{explore, walk}},
	"a timer releases an order":         {p2porder.V1, releaseByTimer, []string{explore, walk}},
	"any join code opens":               {escrowonline.V1, row("join", "created", func(r *process.Rule) { r.Guards = nil }), []string{explore, walk}},
	"an invoice keeps the price":        {postpay.V1, row("invoice", "pending", func(r *process.Rule) { r.Terms = nil }), []string{explore, walk}},
	"an invoice of nothing":             {postpay.V1, row("invoice", "pending", func(r *process.Rule) { r.Guards = nil }), []string{explore, walk}},
	"a refund keeps the stock":          {preauthorize.V1, state("refunded", func(s *process.StateInfo) { s.Frees = false }), []string{explore, walk}},
	"nobody can ever complain":          {escrowonline.V1, row("complain", "delivered", func(r *process.Rule) { r.Guards[0].Holds = never }), []string{explore}},
	"a payment gives up its money":      {postpay.V1, row("give_up_payment", "paying", func(r *process.Rule) { r.To = "paid" }), []string{explore, walk}},
	"terms are lost on the way":         {postpay.V1, row("invoice", "pending", func(r *process.Rule) { r.Terms = halfPrice }), []string{explore, walk}},
	"more goes back of a settled loss":  {preauthorize.V1, row("take_back", "confirmed", func(r *process.Rule) { r.Forgets = nil }), []string{explore}},
	"what is won back remains settled":  {preauthorize.V1, row("win_back", "confirmed", func(r *process.Rule) { r.Forgets = r.Forgets[:2] }), []string{explore}},
	"nobody hears that a payee is owed": {postpay.V1, row("win_back", "confirmed", func(r *process.Rule) { r.Terms = nil }), []string{explore}},
	"a payee is repaid on paper only":   {postpay.V1, row("repay_payee", "confirmed", func(r *process.Rule) { r.Effect = "" }), []string{validate, explore}},
	"a payee is repaid what is not due": {preauthorize.V1, row("repay_payee", "confirmed", func(r *process.Rule) { r.Guards = nil }), []string{validate, explore, walk}},
	"a payee is repaid another sum":     {preauthorize.V1, row("repay_payee", "confirmed", func(r *process.Rule) { r.Guards = r.Guards[:1] }), []string{validate}},
	"a payout returns on paper only":    {preauthorize.V1, row("refund_after_payout", "confirmed", func(r *process.Rule) { r.Effect = "" }), []string{validate, explore}},
	"any payout returns":                {postpay.V1, row("refund_after_payout", "settled", func(r *process.Rule) { r.Guards = nil }), []string{validate, explore}},
	"a returned payout goes to a payee": {preauthorize.V1, row("refund_returned", "returning", func(r *process.Rule) { r.Effect = process.PayOut }), []string{validate, explore, walk}},
	"a buyer is given any part":         {preauthorize.V1, row("refund_part", "paid", func(r *process.Rule) { r.Guards = nil }), []string{validate, explore, walk}},
	"what is not due is settled":        {preauthorize.V1, row("settle_payout", "confirmed", func(r *process.Rule) { r.Guards = nil }), []string{validate, explore}},
	"a payout is settled on paper only": {postpay.V1, row("settle_payout", "dismissed", func(r *process.Rule) { r.Effect = "" }), []string{validate, explore}},
	"a payee settles their own payout":  {postpay.V1, row("settle_payout", "confirmed", func(r *process.Rule) { r.By = append(r.By, process.Seller) }), []string{validate}},
	"what did not go back is booked":    {postpay.V1, row("book_payout", "refunded", func(r *process.Rule) { r.Guards = nil }), []string{validate}},
	"what went back is booked nowhere":  {postpay.V1, row("book_payout", "confirmed", func(r *process.Rule) { r.Effect = "" }), []string{validate}},
	"a booked payout opens no case":     {postpay.V1, row("book_payout", "refunded", func(r *process.Rule) { r.Terms = nil }), []string{explore}},
	"a payee says that they are repaid": {preauthorize.V1, row("repay_payee", "confirmed", func(r *process.Rule) { r.By = append(r.By, process.Seller) }), []string{validate}},
}

// Every planted bug is caught by those who should. Others are not asked: a walk that finds
// nothing takes all its steps.
func TestMutants(t *testing.T) {
	t.Parallel()
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, check := range m.by {
				p := m.of()
				m.plant(p)
				p.Version = 99 // else it is enough that it is not what was released
				err := checks[check](p)
				if err == nil {
					t.Errorf("not caught by %s", check)
					continue
				}
				first, _, _ := strings.Cut(err.Error(), "\n")
				t.Logf("%s: %s", check, first)
			}
		})
	}
}

func never(process.Deal, process.Command, time.Time) bool { return false }

func paidAtOnce(r *process.Rule) {
	r.Else = map[process.Status]process.Branch{
		process.RequiresAction: {To: settlement.Paid, Effect: process.Collect},
		process.Pending:        {To: postpay.Paying},
	}
}

func appealForEver(p *process.Process) {
	row("resolve_refund", "disputed", func(r *process.Rule) { r.To = "cancelled_revocable" })(p)
	row("appeal", "cancelled_revocable", func(r *process.Rule) { r.Guards = nil })(p)
}

func releaseByTimer(p *process.Process) {
	row("confirm_received", "paid_by_buyer", func(r *process.Rule) { r.By = append(r.By, process.Clock) })(p)
	for i := range p.Timers {
		if p.Timers[i].Name == "release_deadline" {
			p.Timers[i].Then = "confirm_received"
		}
	}
}

func halfPrice(d process.Deal, in process.Amounts) (process.Deal, error) {
	return d.Reprice(money.New(in["total_sum"]/2, d.Price.Currency()))
}
