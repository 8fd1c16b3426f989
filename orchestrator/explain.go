package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Explanation answers what is going on with a transaction: where the money is,
// who may do what, what happens automatically and when, and why not.
type Explanation struct {
	process.Told // one sentence of all that, whom it waits for, and what happens next
	Transaction  Transaction
	Label        string // what people are told the state is called
	Terminal     bool
	OpenEnded    string           // why it may wait without a timer
	Options      []process.Option // every transition from here, with the refusal for this actor
	Timers       []ScheduledTimer // what happens automatically
	Operation    *Intent          // the gateway operation in progress
	Accounts     []AccountBalance // where this transaction's money is, by the books
	Said         []Saying         // by people, as far as this actor may read it
}

// ScheduledTimer is a timer with what it will do.
type ScheduledTimer struct {
	Timer
	Then   process.Transition // empty: looks the payment up at the gateway, unless it reminds
	Remind bool               // tells people, and takes no step
}

// AccountBalance is what a transaction put into an account, in minor units.
type AccountBalance struct {
	Account  ledger.Account
	Currency string
	Minor    int64
}

// Explain explains a transaction to an actor. One who may not see it gets the
// answer for a transaction that does not exist.
func (e *Engine) Explain(ctx context.Context, community, id int64, a process.Actor) (Explanation, error) {
	tx, err := e.Read(ctx, community, id, a)
	if err != nil {
		return Explanation{}, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return Explanation{}, err
	}
	info, _ := p.StateInfo(tx.State)
	x := Explanation{
		Transaction: tx, Label: p.Word(tx.State), Terminal: info.Terminal, OpenEnded: info.OpenEnded,
		Options: process.Options(p, tx.Deal, a, e.now()),
	}
	for i, o := range x.Options {
		r, _ := p.Rule(o.Transition, tx.State)
		if err := e.carries(tx, r); err != nil && o.Refusal == nil {
			x.Options[i].Refusal = fault.As(err)
		}
		if !e.FeesOpen(tx) {
			x.Options[i].Moves = p.WouldMove(tx.Deal, x.Options[i], a, e.kind(tx.Gateway).Own(), e.now())
		}
	}
	if x.Timers, err = e.scheduled(ctx, p, tx); err != nil {
		return x, err
	}
	if x.Said, err = e.Sayings(ctx, tx, a); err != nil {
		return x, err
	}
	if tx.IntentID != "" {
		i, err := e.config.Store.Intent(ctx, tx.IntentID)
		if err != nil {
			return x, err
		}
		x.Operation = &i
	}
	x.Told = p.Tell(process.Voice{Assets: e.config.Assets}, tx.Deal, x.due(), x.inProgress(e.now()), e.now())
	x.Accounts, err = e.accounts(ctx, tx.ID)
	return x, err
}

// TellIn is what an explanation tells, in another language.
func (e *Engine) TellIn(say process.Speech, x Explanation) (process.Told, error) {
	p, err := e.processOf(x.Transaction)
	if err != nil {
		return process.Told{}, err
	}
	now := e.now()
	return p.Tell(process.Voice{Say: say, Assets: e.config.Assets}, x.Transaction.Deal, x.due(), x.inProgress(now), now), nil
}

// due are the timers of the state that the deal is in.
func (x *Explanation) due() []process.Alarm {
	var due []process.Alarm
	for _, t := range x.Timers {
		if t.State == x.Transaction.State {
			due = append(due, process.Alarm{Name: t.Name, Due: t.Due})
		}
	}
	return due
}

// inProgress is the operation whose outcome is not known yet; nil: there is none.
func (x *Explanation) inProgress(now time.Time) *process.InProgress {
	i := x.Operation
	if i == nil || i.Status != IntentOpen {
		return nil
	}
	return &process.InProgress{Operation: *i.operation(), Doubtful: i.Code != "" || i.Attempt > 1 || !now.Before(i.Due)}
}

func (e *Engine) scheduled(ctx context.Context, p *process.Process, tx Transaction) ([]ScheduledTimer, error) {
	timers, err := e.config.Store.Timers(ctx, tx.ID)
	if err != nil {
		return nil, err
	}
	scheduled := make([]ScheduledTimer, len(timers))
	for i, t := range timers {
		rule, _ := p.Timer(t.Name, t.State)
		scheduled[i] = ScheduledTimer{t, rule.Then, rule.Remind}
	}
	return scheduled, nil
}

func (e *Engine) accounts(ctx context.Context, id int64) ([]AccountBalance, error) {
	posted, err := e.config.Store.Entries(ctx, id)
	if err != nil {
		return nil, err
	}
	var balances []AccountBalance
	index := map[ledger.Account]int{}
	for _, entry := range posted {
		for _, posting := range entry.Postings {
			at, ok := index[posting.Account]
			if !ok {
				at = len(balances)
				index[posting.Account] = at
				balances = append(balances, AccountBalance{Account: posting.Account, Currency: string(posting.Amount.Currency())})
			}
			balances[at].Minor += posting.Amount.Minor()
		}
	}
	return balances, nil
}
