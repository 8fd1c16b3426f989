package sqlstore

import (
	"maps"
	"sync"
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
	g.wake = sync.NewCond(&g.mu)
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
