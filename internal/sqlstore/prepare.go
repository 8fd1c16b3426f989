package sqlstore

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// write is a commit turned into rows. It is built by the goroutine that asks,
// so that writers have nothing to do but write.
type write struct {
	id, revision int64
	community    int64
	token        int64
	at           place    // set by the writer
	claims       []string // what no other write of the same batch may touch
	reference    string   // of a new deal; empty: it has none

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
	answer      idempotency.Reply // that reply is the row of
	free        bool
}

// newWrite validates a commit and turns it into rows.
// Input is that of the intent, as it is stored.
func newWrite(c orchestrator.Commit, input string, token int64) (*write, error) {
	t := c.Transaction
	if t.ID <= 0 || t.Revision <= 0 {
		return nil, fault.New(fault.Internal, "bad_commit", "a commit needs a transaction with an id and a revision above zero")
	}
	w := &write{id: t.ID, revision: t.Revision, community: t.CommunityID, token: token, clear: c.Timers.Clear}
	w.claims = []string{"transaction " + strconv.FormatInt(t.ID, 10)}
	if t.Revision > 1 {
		t.Labels = labels.Labels{} // stored once, and not to be sent again
	}
	if w.reference = t.Labels.ExternalReference; w.reference != "" {
		w.claims = append(w.claims, "reference "+strconv.FormatInt(t.CommunityID, 10)+" "+w.reference)
	}
	var err error
	c.Log.TransactionID, c.Log.Revision = t.ID, t.Revision
	if w.log, err = logTable.row(&logLine{LogEntry: c.Log, community: t.CommunityID, token: token}); err != nil {
		return nil, err
	}
	if w.transaction, err = dealTable.row(&t); err != nil {
		return nil, err
	}
	if err := w.addEntries(c); err != nil {
		return nil, err
	}
	if err := w.addReservations(c); err != nil {
		return nil, err
	}
	if err := w.addParts(c); err != nil {
		return nil, err
	}
	if err := w.addOutcome(c, input); err != nil {
		return nil, err
	}
	if err := w.addActs(c); err != nil {
		return nil, err
	}
	return w, w.check()
}

// addParts adds what belongs to the transaction, whatever it says of that itself.
func (w *write) addParts(c orchestrator.Commit) (err error) {
	t := c.Transaction
	for _, m := range c.Messages {
		m.TransactionID, m.CommunityID = t.ID, t.CommunityID
		if w.messages, err = with(w.messages, messageTable, &m); err != nil {
			return err
		}
	}
	for _, m := range c.Timers.Set {
		m.TransactionID, m.CommunityID = t.ID, t.CommunityID
		if w.timers, err = with(w.timers, timerTable, &timer{m, t.InState()}); err != nil {
			return err
		}
	}
	for _, e := range c.Events {
		e.TransactionID, e.CommunityID = t.ID, t.CommunityID
		if w.events, err = with(w.events, eventTable, &e); err != nil {
			return err
		}
	}
	return nil
}

// with adds the row of a value.
func with[R any](rows []row, t *table[R], v R) ([]row, error) {
	r, err := t.row(v)
	return append(rows, r), err
}

func (w *write) addOutcome(c orchestrator.Commit, input string) (err error) {
	if c.Intent != nil {
		i := intent{*c.Intent, input}
		i.TransactionID, i.CommunityID = c.Transaction.ID, c.Transaction.CommunityID
		if w.intent, err = intentTable.row(&i); err != nil {
			return err
		}
	}
	if c.Reply != nil {
		if w.reply, err = replyTable.row(&c.Reply.Reply); err != nil {
			return err
		}
		w.answer, w.free = c.Reply.Reply, c.Reply.Free
		w.claims = append(w.claims, "reply "+c.Reply.Scope+"\x00"+c.Reply.Key)
	}
	return nil
}

// addReservations sums what is taken and given back per resource.
func (w *write) addReservations(c orchestrator.Commit) error {
	index := map[string]int{}
	var takes []change
	for _, r := range c.Reserve {
		at, known := index[r.Resource]
		if !known {
			index[r.Resource] = len(takes)
			take := change{community: c.Transaction.CommunityID, name: r.Resource, amount: r.Amount, capacity: r.Capacity}
			if _, stock := listings.OfStock(r.Resource); stock {
				take.soldAt = c.Log.At
			}
			takes = append(takes, take)
			continue
		}
		sum, err := money.AddMinor(takes[at].amount, r.Amount)
		if err != nil {
			return err
		}
		takes[at].amount, takes[at].capacity = sum, max(takes[at].capacity, r.Capacity)
	}
	slices.SortFunc(takes, compareChanges)
	for i := range takes {
		var err error
		if w.reserve, err = with(w.reserve, takeTable, &takes[i]); err != nil {
			return err
		}
	}
	return nil
}

type balanceKey struct {
	account  ledger.Account
	currency money.Currency
}

func (w *write) addEntries(c orchestrator.Commit) error {
	t := c.Transaction
	deltas := map[balanceKey]int64{}
	for n, e := range c.Entries {
		if err := e.Validate(); err != nil {
			return fmt.Errorf("ledger entry %q of transaction %d: %w", e.Kind, t.ID, err)
		}
		for _, p := range e.Postings {
			r, err := postingTable.sealed(&posting{
				transaction: t.ID, revision: t.Revision, line: int64(len(w.postings) + 1), entry: int64(n + 1), community: t.CommunityID,
				kind: e.Kind, reverses: e.Reverses, account: p.Account.String(), amount: p.Amount, at: c.Log.At,
			})
			if err != nil {
				return err
			}
			w.postings = append(w.postings, r)
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
	return w.addDeltas(t.CommunityID, deltas)
}

func (w *write) addDeltas(community int64, deltas map[balanceKey]int64) (err error) {
	var all []change
	for key, sum := range deltas {
		if sum != 0 {
			all = append(all, change{community: community, name: key.account.String(), currency: string(key.currency), amount: sum})
		}
	}
	slices.SortFunc(all, compareChanges)
	for i := range all {
		if w.deltas, err = with(w.deltas, deltaTable, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

func compareChanges(a, b change) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.currency, b.currency))
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
