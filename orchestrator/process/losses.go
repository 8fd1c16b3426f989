package process

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Facts of money that went back to the payer after a deal was over: their bank took
// it, or somebody returned it at the gateway.
const (
	FactTakenBack   Fact = "taken_back"
	FactWonBack     Fact = "won_back"
	FactLossSettled Fact = "loss_settled"
)

// Transitions of a deal that is over and whose money went back.
const (
	TakeBackTransition Transition = "take_back"
	WinBackTransition  Transition = "win_back"
)

// TakenBackInput is the input of TakeBackTransition: how much went back, in minor
// units, as the gateway reports it.
const TakenBackInput = "taken_back"

// Owed is what the payee still owes of the money that went back, in minor units.
func (f Funds) Owed() int64 { return f.ChargedBack - f.Lost - f.Recovered }

// LossOpen reports whether money went back after the deal was over and nobody has
// settled who bears it.
func (d Deal) LossOpen() bool { return d.Has(FactTakenBack) && !d.Has(FactLossSettled) }

// lossRules keep the books of a deal that is over when its money goes back to the
// payer all the same. They stay in the state: for the parties the deal is over. What
// the payee was paid is their debt, the rest is lost; an operator settles it.
func LossRules(ends ...State) []Rule {
	var rules []Rule
	for _, end := range ends {
		rules = append(rules,
			Rule{
				Name: TakeBackTransition, From: []State{end}, To: end, By: []Role{Gateway},
				Input:  []Input{{Name: TakenBackInput, Required: true, Amount: true, Reason: "invalid_taken_back"}},
				Guards: []Guard{noLossYet, takenFromPayment}, Observe: FactTakenBack, Effect: TakeBack, Terms: lossNoted,
				Doc: "the payer got the money back after the deal was over; what the payee was paid is their debt",
			},
			Rule{
				Name: WinBackTransition, From: []State{end}, To: end, By: []Role{Gateway},
				Guards: []Guard{lossOpen}, Observe: FactWonBack, Forgets: []Fact{FactTakenBack, FactWonBack}, Effect: WinBack, Terms: lossOver,
				Doc: "the money came back from the payer's bank",
			},
			Rule{
				Name: "settle_loss", From: []State{end}, To: end, By: []Role{Operator},
				Input:  []Input{{Name: "recovered", Required: true, Amount: true, Reason: "invalid_recovered"}, NeededReason},
				Guards: []Guard{lossOpen, recoveredFromDebt}, Sets: FactLossSettled, Effect: SettleLoss, Terms: lossOver,
				Doc: "says how much the payee has paid back; the rest of the debt is given up as a loss",
			})
	}
	return rules
}

// lossNoted puts the deal before an operator.
func lossNoted(d Deal, in Amounts) (Deal, error) {
	back := money.New(in[TakenBackInput], d.Price.Currency())
	owed := money.New(min(in[TakenBackInput], d.Funds.Released), d.Price.Currency())
	d.Attention = fmt.Sprintf("%s went back to the payer after the deal was over, of which the payee was paid %s: settle the loss", back, owed)
	return d, nil
}

func lossOver(d Deal, _ Amounts) (Deal, error) {
	d.Attention = ""
	return d, nil
}

// loss books what goes back after the end, beside the funds of the deal itself: those
// were captured, paid out and refunded as they were.
func (m *movement) loss(d Deal, e Effect, in Amounts) {
	f := &m.funds
	switch e {
	case TakeBack:
		back := in[TakenBackInput]
		owed := min(back, f.Released)
		m.move(PayeeDebt, Payer, owed)
		m.move(Losses, Payer, back-owed)
		f.ChargedBack, f.Lost = back, back-owed
	case WinBack:
		m.move(Payer, PayeeDebt, f.Owed())
		m.move(Payer, Losses, f.Lost)
		f.ChargedBack, f.Lost = 0, 0
	case SettleLoss:
		recovered, rest := in["recovered"], f.Owed()-in["recovered"]
		m.move(World, PayeeDebt, recovered)
		m.move(Losses, PayeeDebt, rest)
		f.Recovered, f.Lost = f.Recovered+recovered, f.Lost+rest
	}
}

// loseHeld gives back all that is left of a payment, fees included: the payer's bank
// does not ask for the marketplace's rules.
func (m *movement) loseHeld() {
	f := &m.funds
	m.move(EscrowPocket, Payer, f.Held)
	m.move(GatewayFees, Payer, f.Fees)
	f.Refunded, f.Held, f.Fees = f.Refunded+f.Held+f.Fees, 0, 0
}

// afterEnd reports whether a rule may be taken from a terminal state: it stays
// there and touches nothing of what the deal held.
func (r Rule) afterEnd() bool {
	return !r.creates() && r.Verb == "" && slices.Equal(r.From, []State{r.To}) && (r.Effect == TakeBack || r.Effect == WinBack || r.Effect == SettleLoss)
}

// lossBreach says which promise about losses a deal breaks; empty when all hold.
func lossBreach(d Deal) string {
	f := d.Funds
	switch {
	case f.ChargedBack < 0 || f.Lost < 0 || f.Recovered < 0 || f.Owed() < 0:
		return fmt.Sprintf("%s: a loss is below zero: %+v", d.State, f)
	case f.ChargedBack > f.Captured:
		return fmt.Sprintf("%s: more went back than was taken: %+v", d.State, f)
	case d.LossOpen() != (f.ChargedBack > 0 && !d.Has(FactLossSettled)):
		return fmt.Sprintf("%s: money went back and no case is open, or the other way round: %+v", d.State, f)
	case d.LossOpen() && d.Attention == "":
		return fmt.Sprintf("%s: nobody is notified of a loss", d.State)
	case d.Has(FactLossSettled) && f.Owed() != 0:
		return fmt.Sprintf("%s: a settled loss leaves a debt: %+v", d.State, f)
	}
	return ""
}

var (
	noLossYet = Guard{
		Name: "no money went back yet", Code: fault.Conflict, Reason: "loss_already_booked",
		Message: "money went back before; settle that loss first",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactTakenBack) },
	}
	takenFromPayment = Guard{
		Name: "what went back was paid", Code: fault.Invalid, Reason: "invalid_taken_back", OnInput: true,
		Message: "what went back must be above zero and at most what was captured",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			back := c.Amount(TakenBackInput)
			return back > 0 && back <= d.Funds.Captured
		},
	}
	lossOpen = Guard{
		Name: "a loss is open", Code: fault.Conflict, Reason: "no_open_loss",
		Message: "no money went back after the deal was over, or the loss is settled",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.LossOpen() },
	}
	recoveredFromDebt = Guard{
		Name: "no more is recovered than is owed", Code: fault.Invalid, Reason: "invalid_recovered", OnInput: true,
		Message: "what was recovered must not be more than the payee owes",
		Holds:   func(d Deal, c Command, _ time.Time) bool { return c.Amount("recovered") <= d.Funds.Owed() },
	}
)

// TakenBack is the input of TakeBackTransition.
func TakenBack(minor int64) map[string]string {
	return map[string]string{TakenBackInput: strconv.FormatInt(minor, 10)}
}
