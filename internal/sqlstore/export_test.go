package sqlstore

import (
	"maps"
	"time"
)

// Texts are the statements that a store has prepared so far.
func (db *DB) Texts() []string {
	all := map[string]bool{}
	for _, s := range []*statements{db.reads, db.writes} {
		s.mu.Lock()
		for text := range maps.Keys(s.byText) {
			all[text] = true
		}
		s.mu.Unlock()
	}
	texts := make([]string, 0, len(all))
	for text := range all {
		texts = append(texts, text)
	}
	return texts
}

// Picked plays writes, of which each claims something, through a group whose batches
// hold size writes: what is written first, what a second writer may take meanwhile, and
// what is taken once the first batch is done.
func Picked(size int, claims ...[]string) (first, meanwhile, then []int) {
	g := &group{size: size, claimed: map[string]struct{}{}, now: time.Now}
	number := map[*pending]int{}
	for i, c := range claims {
		p := &pending{write: &write{claims: c}, done: make(chan struct{})}
		number[p] = i
		g.enqueue(p)
	}
	var began time.Time
	pick := func() (batch []*pending, numbers []int) {
		batch = g.pick()
		for _, p := range batch {
			numbers = append(numbers, number[p])
		}
		return batch, numbers
	}
	batch, first := pick()
	_, meanwhile = pick()
	g.finish(batch, &began)
	_, then = pick()
	return first, meanwhile, then
}

// WithoutSkipping lets claimers wait for each other instead of passing each other's rows.
func (db *DB) WithoutSkipping() { db.skip = "" }

// Described are the columns of a table that is described, with their types.
type Described struct {
	Table   string
	Columns map[string]string
}

func described[R any](t *table[R]) Described {
	d := Described{t.name, map[string]string{}}
	for _, c := range append(append([]column[R]{}, t.stored...), t.read...) {
		if c.expr == "" {
			d.Columns[c.name] = c.kind
		}
	}
	return d
}

// Tables are the tables that are described.
func Tables() []Described {
	return []Described{
		described(dealTable), described(logTable), described(postingTable), described(actTable), described(timerTable), described(intentTable),
		described(eventTable), described(messageTable), described(replyTable), described(deltaTable), described(claimedApprovals), described(strayTable), described(bankPayoutTable),
		described(mailTable), described(localTable), described(noteTable), described(entryTable), described(inboxTable), described(keyTable), described(profileTable), described(wholeFile),
		described(reviewTable), described(ratingTable), described(reminderTable), described(listingTable), described(adTable), described(sealTable),
		described(laneTable), described(traderTable), described(heldTable), described(sellerLabelTable), described(endpointTable), described(sentTable), described(announcementTable), described(eventLogTable),
	}
}
