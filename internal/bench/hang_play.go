package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// sight hears of every commit, and of calls of the gateway that hangs.
type sight struct {
	orchestrator.Observer
	commits chan commit
	hung    atomic.Int64 // calls of Trustap that are not answered
}

type commit struct {
	to process.State
	at time.Time
}

func (s *sight) of(o orchestrator.Observer) orchestrator.Observer {
	s.Observer = o
	return s
}

// Committed implements orchestrator.Observer.
func (s *sight) Committed(name string, t process.Transition, to process.State) {
	s.Observer.Committed(name, t, to)
	select {
	case s.commits <- commit{to, time.Now()}:
	default: // nobody waits for that many
	}
}

// Calling implements orchestrator.Observer.
func (s *sight) Calling(gateway string, verb process.Verb) func(process.Status) {
	called := s.Observer.Calling(gateway, verb)
	if gateway != "trustap" {
		return called
	}
	s.hung.Add(1)
	return func(status process.Status) {
		s.hung.Add(-1)
		called(status)
	}
}

// until collects how long after a moment deals got into a state, until there are n.
func (s *sight) until(ctx context.Context, began time.Time, to process.State, n int) (took []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for len(took) < n {
		select {
		case c := <-s.commits:
			switch {
			case c.to != to:
			case c.at.Before(began):
				n-- // it was done already
			default:
				took = append(took, c.at.Sub(began))
			}
		case <-ctx.Done():
			return took, fmt.Errorf("%d of %d deals became %s", len(took), n, to)
		}
	}
	return took, nil
}

func (s *sight) forget() {
	for {
		select {
		case <-s.commits:
		default:
			return
		}
	}
}

// prepare opens the deals of healthy gateways that fall due later.
func (r *hangingRound) prepare(ctx context.Context) error {
	if err := fund(ctx, r.plant, r.Deals+4); err != nil {
		return err
	}
	token := map[string]string{"payment_method": "pm_card_visa"}
	for i := range r.Deals {
		for _, gateway := range []string{"stripe", "balance"} {
			result, err := r.Engine.Create(ctx, dealOf(preauthorize.Name, gateway, i, token))
			if err != nil {
				return err
			}
			if _, err := r.Engine.Do(ctx, orchestrator.DoInput{
				CommunityID: app.SampleCommunity, TransactionID: result.Transaction.ID, Transition: preauthorize.CompletePreauthorization, Actor: process.Actor{Kind: process.Backend},
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// till is the Stripe emulator, which a testbed of a round always has.
func (r *hangingRound) till() *stripe.Emulator { return r.Emulator("stripe").(*stripe.Emulator) }

// lose opens deals at stripe whose answers are lost.
func (r *hangingRound) lose(ctx context.Context) error {
	r.forget()
	token := map[string]string{"payment_method": "pm_card_visa"}
	if err := r.till().SetFaults([]stripe.Fault{{Route: "create_payment_intent", Kind: "cut_after", Times: -1}}); err != nil {
		return err
	}
	for i := range r.Deals {
		if _, err := r.Engine.Create(ctx, dealOf(preauthorize.Name, "stripe", i, token)); fault.CodeOf(err) != fault.Unknown {
			return fmt.Errorf("an answer that was cut is not unknown: %w", err)
		}
	}
	return r.till().SetFaults(nil)
}

func dealOf(name, gateway string, i int, input map[string]string) orchestrator.CreateInput {
	return orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: name, Gateway: gateway, Actor: process.Actor{Kind: process.Backend},
		Starter: fmt.Sprintf("buyer-%d", i), Author: fmt.Sprintf("seller-%d", i), Title: "Bench", UnitPrice: money.New(5000, "EUR"), Input: input,
	}
}

// beside opens deals at Trustap, which from then on answers nothing any more if it hangs:
// reports about them come in, their timers fall due, and people go on to ask for more.
func (r *hangingRound) beside(ctx context.Context, hangs bool) error {
	for i := range r.Deals {
		if _, err := r.Engine.Create(ctx, dealOf(escrowonline.Name, "trustap", i, nil)); err != nil {
			return err
		}
	}
	if hangs {
		if err := r.Sandbox.SetFaults([]sandbox.Fault{{Route: "*", Kind: "timeout_before", Times: -1}}); err != nil {
			return err
		}
	}
	for i, t := range r.Sandbox.Transactions() {
		if i%2 == 0 {
			continue // its payment window ends
		}
		if _, err := r.Sandbox.Pay(t.ID, "success"); err != nil {
			return err
		}
	}
	const people = 8
	for i := range people {
		r.others.Go(func() {
			pause(ctx, callTimeout/people*time.Duration(i))
			for n := 0; ctx.Err() == nil; n++ {
				began := time.Now()
				var s state
				_ = r.call(ctx, r.Key, "POST", "/v1/transactions", fmt.Sprintf("hang-%d-%d", i, n), fmt.Sprintf(`{"process":"escrow_online","gateway":"trustap",
					"starter_id":"buyer-%d","author_id":"seller-%d","listing":{"title":"Bench"},"unit_price":{"amount":5000,"currency":"EUR"}}`, i, i), &s)
				pause(ctx, callTimeout-time.Since(began)) // as often as when it hangs
			}
		})
	}
	return nil
}

// recover measures how soon the lost answers are found out about.
func (r *hangingRound) recover(ctx context.Context) error {
	began, err := r.after(5 * time.Minute)
	if err != nil {
		return err
	}
	r.took[WaitRecovery], err = r.until(ctx, began, preauthorize.Preauthorized, r.Deals)
	return err
}

// timers measures how soon automatic confirmations are done: at stripe by a transfer,
// on our own ledger by a commit.
func (r *hangingRound) timers(ctx context.Context) error {
	began, err := r.after(15 * 24 * time.Hour)
	if err != nil {
		return err
	}
	r.took[WaitTimer], err = r.until(ctx, began, settlement.Confirmed, 2*r.Deals)
	return err
}

// after moves the clock and lets all jobs look at once what is due then.
func (r *hangingRound) after(d time.Duration) (began time.Time, err error) {
	began = time.Now()
	err = r.Sandbox.Advance(d)
	for _, name := range r.Due.Names() {
		r.Due.Wake(name)
	}
	return began, err
}

// quiet waits until users are told of all that has happened so far.
func (r *hangingRound) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		events, messages, err := r.Store.Undelivered(ctx, 1)
		if err != nil || len(events)+len(messages) == 0 {
			return err
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// requests plays whole deals at a pace that leaves the machine room.
func (r *hangingRound) requests(ctx context.Context) error {
	exchange := &traders{}
	if err := exchange.prepare(ctx, r.plant, 1); err != nil {
		return err
	}
	r.mu.Lock()
	r.plant.took = nil
	r.mu.Unlock()
	page := func(n int) error { return r.payOnPage(ctx, n) }
	plays := []func(n int) error{page, page, func(n int) error { return r.order(ctx, exchange, n) }}
	for i, script := range Scripts()[:4] { // none, stripe, balance
		plays = append(plays, func(n int) error { return script.play(ctx, r.plant, r.Deals+i, n) })
	}
	var all sync.WaitGroup
	errs := make([]error, len(plays))
	for began, i := time.Now(), 0; i < len(plays); i++ {
		all.Go(func() {
			for n := 0; errs[i] == nil && time.Since(began) < r.Length; n++ {
				errs[i] = plays[i](n)
				pause(ctx, 10*time.Millisecond)
			}
		})
	}
	all.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[WaitRequest] = r.plant.took
	return errors.Join(errs...)
}

// order measures how soon the seller of an order is told of it.
func (r *hangingRound) order(ctx context.Context, m *traders, n int) error {
	woken, stop := r.Hub.Listen(app.SampleCommunity, trader(0, "a").ID)
	defer stop()
	began, told := time.Now(), make(chan time.Duration, 1)
	go func() {
		select {
		case <-woken:
			told <- time.Since(began)
		case <-time.After(time.Minute):
			close(told)
		}
	}()
	if err := m.play(ctx, r.plant, 0, n); err != nil {
		return err
	}
	took, ok := <-told
	if !ok {
		return errors.New("the seller of an order was not told within a minute")
	}
	r.note(WaitTold, took)
	return nil
}

func (r *hangingRound) note(what string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[what] = append(r.took[what], took)
}

// payOnPage measures how soon a deal is paid that the buyer has paid on stripe's page.
func (r *hangingRound) payOnPage(ctx context.Context, n int) error {
	result, err := r.Engine.Create(ctx, dealOf(postpay.Name, "stripe", n%r.Deals, nil))
	if err != nil {
		return err
	}
	step := func(name process.Transition, input map[string]string) (orchestrator.Transaction, error) {
		done, err := r.Engine.Do(ctx, orchestrator.DoInput{
			CommunityID: app.SampleCommunity, TransactionID: result.Transaction.ID, Transition: name, Actor: process.Actor{Kind: process.Backend}, Input: input,
		})
		return done.Transaction, err
	}
	if _, err := step(postpay.Invoice, map[string]string{"total_sum": "5000"}); err != nil {
		return err
	}
	tx, err := step(postpay.PayInvoice, nil)
	if err != nil {
		return err
	}
	if err := r.till().Pay(tx.PaymentID, "success"); err != nil {
		return err
	}
	began := time.Now()
	for tx.State != settlement.Paid {
		if time.Since(began) > time.Minute {
			return fmt.Errorf("the deal is %s and does not become paid", tx.State)
		}
		pause(ctx, 2*time.Millisecond)
		if tx, err = r.Store.Transaction(ctx, tx.CommunityID, tx.ID); err != nil {
			return err
		}
	}
	r.note(WaitWebhook, time.Since(began))
	return nil
}
