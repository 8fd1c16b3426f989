package sqlstore

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// write is a commit turned into rows. It is built by the goroutine that asks,
// so that writers have nothing to do but write.
type write struct {
	id, revision int64
	token        int64
	at           place    // set by the writer
	claims       []string // what no other write of the same batch may touch

	transaction row
	log         row
	postings    []row
	deltas      []row // of guarded accounts, one per account and currency, in key order
	clear       bool
	timers      []row
	intent      row
	events      []row
	reserve     []row // one per resource, in order of names
	messages    []row
	acts        []row
	reply       row
	free        bool
}

// newWrite validates a commit and turns it into rows.
// Input is that of the intent, as it is stored.
func newWrite(c orchestrator.Commit, input string, token int64) (*write, error) {
	t := c.Transaction
	if t.ID <= 0 || t.Revision <= 0 {
		return nil, fault.New(fault.Internal, "bad_commit", "a commit needs a transaction with an id and a revision above zero")
	}
	w := &write{id: t.ID, revision: t.Revision, token: token, clear: c.Timers.Clear}
	w.claims = []string{"transaction " + strconv.FormatInt(t.ID, 10)}
	var err error
	if w.log, err = logArgs(t, c.Log, token); err != nil {
		return nil, err
	}
	if w.transaction, err = transactionArgs(t); err != nil {
		return nil, err
	}
	if err := w.addEntries(c); err != nil {
		return nil, err
	}
	if err := w.addReservations(c); err != nil {
		return nil, err
	}
	for _, m := range c.Messages {
		w.messages = append(w.messages, messageArgs(t, m))
	}
	for _, timer := range c.Timers.Set {
		w.timers = append(w.timers, timerArgs(t, timer))
	}
	if err := w.addOutcome(c, input); err != nil {
		return nil, err
	}
	if err := w.addActs(c); err != nil {
		return nil, err
	}
	return w, w.check()
}

func (w *write) addOutcome(c orchestrator.Commit, input string) error {
	if c.Intent != nil {
		w.intent = intentArgs(c.Transaction, *c.Intent, input)
	}
	for _, e := range c.Events {
		args, err := eventArgs(c.Transaction, e)
		if err != nil {
			return err
		}
		w.events = append(w.events, args)
	}
	if c.Reply != nil {
		w.reply, w.free = replyArgs(c.Reply.Reply), c.Reply.Free
		w.claims = append(w.claims, "reply "+c.Reply.Scope+"\x00"+c.Reply.Key)
	}
	return nil
}

// addReservations sums what is taken and given back per resource.
func (w *write) addReservations(c orchestrator.Commit) error {
	index := map[string]int{}
	for _, r := range c.Reserve {
		at, known := index[r.Resource]
		if !known {
			index[r.Resource] = len(w.reserve)
			w.reserve = append(w.reserve, row{c.Transaction.CommunityID, r.Resource, r.Amount, r.Capacity})
			continue
		}
		sum, err := money.AddMinor(w.reserve[at][2].(int64), r.Amount)
		if err != nil {
			return err
		}
		w.reserve[at][2], w.reserve[at][3] = sum, max(w.reserve[at][3].(int64), r.Capacity)
	}
	slices.SortFunc(w.reserve, func(a, b row) int { return cmp.Compare(a[1].(string), b[1].(string)) })
	return nil
}

type balanceKey struct {
	account  ledger.Account
	currency money.Currency
}

func (w *write) addEntries(c orchestrator.Commit) error {
	t, at := c.Transaction, stamp{c.Log.At}
	deltas := map[balanceKey]int64{}
	for n, e := range c.Entries {
		if err := e.Validate(); err != nil {
			return fmt.Errorf("ledger entry %q of transaction %d: %w", e.Kind, t.ID, err)
		}
		for _, p := range e.Postings {
			w.postings = append(w.postings, row{
				t.ID, t.Revision, int64(len(w.postings) + 1), int64(n + 1), t.CommunityID, e.Kind, e.Reverses,
				p.Account.String(), p.Amount.Minor(), string(p.Amount.Currency()), at,
			}.sealed())
			if !p.Account.Guarded() {
				continue
			}
			key := balanceKey{p.Account, p.Amount.Currency()}
			sum, err := money.AddMinor(deltas[key], p.Amount.Minor())
			if err != nil {
				return err
			}
			deltas[key] = sum
		}
	}
	for key, sum := range deltas {
		if sum != 0 {
			w.deltas = append(w.deltas, row{t.CommunityID, key.account.String(), string(key.currency), sum})
		}
	}
	slices.SortFunc(w.deltas, compareBalances)
	return nil
}

func compareBalances(a, b row) int {
	return cmp.Or(cmp.Compare(a[1].(string), b[1].(string)), cmp.Compare(a[2].(string), b[2].(string)))
}

// check refuses text that only one of the databases would store.
func (w *write) check() error {
	rows := slices.Concat([]row{w.transaction, w.log, w.intent, w.reply}, w.postings, w.timers, w.events, w.reserve, w.messages, w.acts)
	for _, r := range rows {
		if err := checkTexts(r); err != nil {
			return err
		}
	}
	return nil
}
