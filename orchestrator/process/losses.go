package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	FactPayeeRepaid Fact = "payee_repaid"
)

// Transitions of a deal that is over and whose money went back.
const (
	TakeBackTransition Transition = "take_back"
	WinBackTransition  Transition = "win_back"
)

// TakenBackInput is the input of TakeBackTransition: how much went back, in minor
// units, as the gateway reports it.
const TakenBackInput = "taken_back"

// recoveredInput is the input of settle_loss: how much the payee has paid back.
const recoveredInput = "recovered"

// repaidInput is the input of repay_payee: how much was paid to the payee.
const repaidInput = "repaid"

// Owed is what the payee still owes of the money that went back, in minor units.
func (f Funds) Owed() int64 { return f.ChargedBack - f.Lost - f.Recovered }

// LossOpen reports whether money went back after the deal was over and nobody has
// settled who bears it.
func (d Deal) LossOpen() bool {
	return (d.Has(FactTakenBack) || d.Has(FactPaidUndue) && d.Funds.ChargedBack > 0) && !d.Has(FactLossSettled)
}

// Unsettled reports whether staff has something to settle after the end of the deal:
// who bears a loss, or what the payee is to get back.
func (d Deal) Unsettled() bool { return d.LossOpen() || d.Funds.PayeeDue > 0 }

// ToSettle says what staff has to settle after the end of the deal; empty if nothing. It is
// the sign of such a deal as long as nothing else puts it on hold.
func (d Deal) ToSettle() string { return unsettled(d.Funds, d.LossOpen(), d.Price.Currency()) }

// LossRules keep the books of a deal that is over when its money goes back to the
// payer, or comes back from there, as often as that happens. They stay in the
// state: for the parties the deal is over. What the payee was paid is their debt, the
// rest is lost; an operator settles it. When money comes back after that, what the payee
// has paid is owed to them.
func LossRules(ends ...State) []Rule {
	var rules []Rule
	for _, end := range ends {
		rules = append(rules,
			Rule{
				Name: TakeBackTransition, From: []State{end}, To: end, By: []Role{Gateway},
				Input:  []Input{{Name: TakenBackInput, Required: true, Amount: true, Reason: "invalid_taken_back"}},
				Guards: []Guard{takenFromPayment}, Observe: FactTakenBack, Forgets: []Fact{FactLossSettled}, Effect: TakeBack, Terms: unsettledBy(TakeBack, true),
				Doc: "the payer got the money back after the deal was over; what the payee was paid is their debt",
			},
			Rule{
				Name: WinBackTransition, From: []State{end}, To: end, By: []Role{Gateway},
				Guards: []Guard{moneyWentBack}, Observe: FactWonBack, Forgets: []Fact{FactTakenBack, FactWonBack, FactLossSettled},
				Effect: WinBack, Terms: unsettledBy(WinBack, false),
				Doc: "the money came back from the payer's bank; what the payee has paid back is owed to them",
			},
			Rule{
				Name: "settle_loss", From: []State{end}, To: end, By: []Role{Operator},
				Input:  []Input{{Name: recoveredInput, Required: true, Amount: true, Reason: "invalid_recovered"}, NeededReason},
				Guards: []Guard{lossOpen, recoveredFromDebt}, Sets: FactLossSettled, Effect: SettleLoss, Terms: unsettledBy(SettleLoss, false),
				Doc: "says how much the payee has paid back; the rest of the debt is given up as a loss",
			},
			Rule{
				Name: "repay_payee", From: []State{end}, To: end, By: []Role{Operator},
				Input:  []Input{{Name: repaidInput, Required: true, Amount: true, Reason: "invalid_repaid"}, NeededReason},
				Guards: []Guard{payeeIsOwed, repaidWhole}, Sets: FactPayeeRepaid, Forgets: []Fact{FactPayeeRepaid}, Effect: RepayPayee, Terms: stillUnsettled,
				Doc: "says that the payee got back what they had paid for a loss that was won back",
			})
	}
	return rules
}

// unsettledBy are the terms of a rule about a loss: they put the deal before an operator
// as long as there is something to settle after the effect. open tells that the loss is
// open then.
func unsettledBy(e Effect, open bool) func(Deal, Amounts) (Deal, error) {
	return func(d Deal, in Amounts) (Deal, error) {
		_, after, err := d.apply(e, in)
		if err != nil {
			return d, err
		}
		d.Attention = unsettled(after, open, d.Price.Currency())
		return d, nil
	}
}

// stillUnsettled are unsettledBy for RepayPayee, which leaves a loss as it is.
func stillUnsettled(d Deal, in Amounts) (Deal, error) {
	return unsettledBy(RepayPayee, d.LossOpen())(d, in)
}

// How the text about what is to be settled ends.
const (
	settleLoss = ": settle the loss"
	repayPayee = ": pay it to the payee, then take the transition repay_payee"
)

// unsettled says what an operator has to do about a deal that is over; empty if nothing.
func unsettled(f Funds, open bool, c money.Currency) string {
	var todo []string
	if open {
		todo = append(todo, fmt.Sprintf("%s went back to the payer after the deal was over, of which the payee was paid %s"+settleLoss,
			money.New(f.ChargedBack, c), money.New(f.charged(), c)))
	}
	if f.PayeeDue > 0 {
		todo = append(todo, fmt.Sprintf("the payee had paid back %s of a loss, and that money came back from the payer's bank"+repayPayee,
			money.New(f.PayeeDue, c)))
	}
	return strings.Join(todo, "; ")
}

// Repay is the step of a transition that is no rule: what was taken back from the payee at the
// gateway, beyond what the books say that they have paid back, pays their debt, and then what
// was given up of it as a loss. It is false where that is not all of it: the payee was asked
// for more than went back to the payer.
func (d Deal) Repay(name Transition, t Totals) (Step, bool) {
	f := d.Funds
	more := d.ReleasedLess(t) - f.Recovered - f.PayeeDue
	ofDebt := min(more, f.Owed())
	ofLoss := more - ofDebt
	if more <= 0 || ofLoss > min(f.Lost, f.charged()-f.Recovered-f.Owed()) {
		return Step{}, false
	}
	m := &movement{currency: d.Price.Currency(), funds: f}
	m.move(OutsidePocket, PayeeDebt, ofDebt)
	m.move(OutsidePocket, Losses, ofLoss)
	m.funds.Recovered, m.funds.Lost = f.Recovered+more, f.Lost-ofLoss
	step := staying(name, d)
	step.Effect, step.Moves, step.Deal.Funds = Effect(name), m.moves, m.funds
	return step, m.funds.Balanced()
}

// charged is what of the money that went back was paid to the payee.
func (f Funds) charged() int64 { return min(f.ChargedBack, f.Released) }

// loss books what goes back after the end, beside the funds of the deal itself: those
// were captured, paid out and refunded as they were.
func (m *movement) loss(d Deal, e Effect, in Amounts) {
	f := &m.funds
	switch e {
	case TakeBack:
		was, back := f.charged(), in[TakenBackInput]
		f.ChargedBack += back
		owed := f.charged() - was
		m.move(PayeeDebt, Payer, owed)
		m.move(Losses, Payer, back-owed)
		f.Lost += back - owed
		// What is due to the payee pays their debt, and is no longer to be paid to them.
		kept := min(owed, f.PayoutDue)
		m.move(DuePayout, PayeeDebt, kept)
		f.PayoutDue, f.Recovered, f.Withheld, owed = f.PayoutDue-kept, f.Recovered+kept, f.Withheld+kept, owed-kept
		// What the payee is owed pays their debt.
		paid := min(owed, f.PayeeDue)
		f.PayeeDue, f.Recovered = f.PayeeDue-paid, f.Recovered+paid
	case WinBack:
		m.move(Payer, PayeeDebt, f.Owed()+f.Recovered)
		m.move(Payer, Losses, f.Lost)
		// What was withheld is due again; what the payee has paid back is owed to them.
		m.move(PayeeDebt, DuePayout, f.Withheld)
		f.PayoutDue, f.PayeeDue = f.PayoutDue+f.Withheld, f.PayeeDue+f.Recovered-f.Withheld
		f.ChargedBack, f.Lost, f.Recovered, f.Withheld = 0, 0, 0, 0
	case SettleLoss:
		recovered, rest := in[recoveredInput], f.Owed()-in[recoveredInput]
		m.move(OutsidePocket, PayeeDebt, recovered)
		m.move(Losses, PayeeDebt, rest)
		f.Recovered, f.Lost = f.Recovered+recovered, f.Lost+rest
	case RepayPayee:
		m.move(PayeeDebt, OutsidePocket, f.PayeeDue)
		f.PayeeDue = 0
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
	return !r.creates() && r.Verb == "" && slices.Equal(r.From, []State{r.To}) && slices.Contains([]Effect{TakeBack, WinBack, SettleLoss, RepayPayee, SettlePayout, BookPayout}, r.Effect)
}

// lossBreach says which promise about losses a deal breaks; empty when all hold.
func lossBreach(d Deal) string {
	f := d.Funds
	switch {
	case f.ChargedBack < 0 || f.Lost < 0 || f.Recovered < 0 || f.Owed() < 0 || f.PayeeDue < 0:
		return fmt.Sprintf("%s: a loss is below zero: %+v", d.State, f)
	case f.ChargedBack > f.Captured:
		return fmt.Sprintf("%s: more went back than was taken: %+v", d.State, f)
	case d.LossOpen() != (f.ChargedBack > 0 && !d.Has(FactLossSettled)):
		return fmt.Sprintf("%s: money went back and no case is open, or the other way round: %+v", d.State, f)
	case d.Unsettled() && d.Attention == "":
		return fmt.Sprintf("%s: nobody is notified of a loss, or of what the payee is owed", d.State)
	case f.PayeeDue > 0 && f.Owed() > 0:
		return fmt.Sprintf("%s: the payee owes and is owed at once: %+v", d.State, f)
	case d.Has(FactLossSettled) && f.Owed() != 0:
		return fmt.Sprintf("%s: a settled loss leaves a debt: %+v", d.State, f)
	case d.Has(FactLossSettled) && f.ChargedBack == 0:
		return fmt.Sprintf("%s: a loss is settled that is none: %+v", d.State, f)
	}
	return ""
}

var (
	takenFromPayment = Guard{
		Name: "what went back was paid", Code: fault.Invalid, Reason: "invalid_taken_back", OnInput: true,
		Message: "what went back must be above zero and, with what went back before, at most what was captured",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			back := c.Amount(TakenBackInput)
			return back > 0 && back <= d.Funds.Captured-d.Funds.ChargedBack
		},
	}
	moneyWentBack = Guard{
		Name: "money went back", Code: fault.Conflict, Reason: "no_loss",
		Message: "no money went back after the deal was over",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Has(FactTakenBack) },
	}
	payeeIsOwed = Guard{
		Name: "the payee is owed money", Code: fault.Conflict, Reason: "nothing_owed",
		Message: "the payee is owed nothing",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Funds.PayeeDue > 0 },
	}
	// repaidWhole keeps a sum that was paid from ending another one: what is owed may fall
	// between the payment and the step.
	repaidWhole = Guard{
		Name: "all that is owed was repaid", Code: fault.Invalid, Reason: "invalid_repaid", OnInput: true,
		Message: "what was repaid must be what the payee is owed now; look at the deal again",
		Holds:   func(d Deal, c Command, _ time.Time) bool { return c.Amount(repaidInput) == d.Funds.PayeeDue },
	}
	lossOpen = Guard{
		Name: "a loss is open", Code: fault.Conflict, Reason: "no_open_loss",
		Message: "no money went back after the deal was over, or the loss is settled",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.LossOpen() },
	}
	recoveredFromDebt = Guard{
		Name: "no more is recovered than is owed", Code: fault.Invalid, Reason: "invalid_recovered", OnInput: true,
		Message: "what was recovered must not be more than the payee owes",
		Holds:   func(d Deal, c Command, _ time.Time) bool { return c.Amount(recoveredInput) <= d.Funds.Owed() },
	}
)

// TakenBack is the input of TakeBackTransition.
func TakenBack(minor int64) map[string]string {
	return map[string]string{TakenBackInput: strconv.FormatInt(minor, 10)}
}
