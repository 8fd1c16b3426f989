package sqlstore

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Reach is how far a community's chain of seals goes.
type Reach struct {
	CommunityID int64
	Seals, Rows int64
	Head        []byte // the last hash: kept elsewhere, it proves what was there
	At          time.Time
	Broken      string // the first row that is not what was sealed, empty if all are
}

// Seals checks every community's chain, in the order in which it was made, and tells
// how far it goes. It reads a piece at a time, so that its memory does not grow with
// the ledger.
func (db Chain) Seals(ctx context.Context) ([]Reach, []orchestrator.Violation, error) {
	reach, round, done := map[int64]*Reach{}, int64(0), false
	for !done {
		seals, err := find(ctx, db, sealTable, `where round > $1 and round <= $1 + 100 order by round, community_id`, round)
		if err != nil {
			return nil, nil, err
		}
		for some := range rounds(seals) {
			if err := db.checkRound(ctx, some, reach); err != nil {
				return nil, nil, err
			}
		}
		var last int64
		if _, err := db.one(ctx, &last, `select coalesce(max(round), 0) from seals`); err != nil {
			return nil, nil, err
		}
		round += 100
		done = round >= last
	}
	return told(reach)
}

func told(reach map[int64]*Reach) ([]Reach, []orchestrator.Violation, error) {
	var all []Reach
	var violations []orchestrator.Violation
	for _, community := range slices.Sorted(maps.Keys(reach)) {
		r := *reach[community]
		all = append(all, r)
		if r.Broken != "" {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-14", Message: fmt.Sprintf("chain of community %d broken at %s; seal %d is sound", community, r.Broken, r.Seals),
			})
		}
	}
	return all, violations, nil
}

// rounds parts seals by their round.
func rounds(seals []seal) func(yield func([]seal) bool) {
	return func(yield func([]seal) bool) {
		for len(seals) > 0 {
			n := 1
			for n < len(seals) && seals[n].Round == seals[0].Round {
				n++
			}
			if !yield(seals[:n]) {
				return
			}
			seals = seals[n:]
		}
	}
}

// checkRound holds the seals of one piece of a lane against the rows of now.
func (db *database) checkRound(ctx context.Context, seals []seal, reach map[int64]*Reach) error {
	first := seals[0]
	rows, _, err := db.piece(ctx, laneRow{Lane: first.Lane, Acts: first.Acts}, first.After, first.Upto)
	if err != nil {
		return err
	}
	order, of := byCommunity(rows)
	for _, community := range order {
		sealed := slices.ContainsFunc(seals, func(s seal) bool { return s.CommunityID == community })
		if r := reach[community]; !sealed && r != nil && r.Broken == "" {
			r.Broken = of[community][0].name + ", which was added"
		}
	}
	for _, s := range seals {
		r := reach[s.CommunityID]
		if r == nil {
			r = &Reach{CommunityID: s.CommunityID, Head: []byte{}}
			reach[s.CommunityID] = r
		}
		if r.Broken != "" {
			continue
		}
		if r.Broken = brokenAt(s, *r, of[s.CommunityID]); r.Broken == "" {
			r.Seals, r.Rows, r.Head, r.At = s.Sequence, r.Rows+s.RowCount, s.Hash, s.At
		}
	}
	return nil
}

// brokenAt names the first row that is not what a seal says, empty if there is none.
func brokenAt(s seal, before Reach, rows []sealable) string {
	if s.Sequence != before.Seals+1 || !bytes.Equal(s.Previous, before.Head) {
		return fmt.Sprintf("seal %d, which does not follow seal %d", s.Sequence, before.Seals)
	}
	if int64(len(s.Tags)) != s.RowCount*tagLength {
		return fmt.Sprintf("seal %d, which was changed", s.Sequence)
	}
	for i := range int64(len(rows)) {
		r := rows[i]
		if r.broken() != nil {
			return r.name
		}
		if i >= s.RowCount {
			return r.name + ", which was added"
		}
		if !bytes.Equal(r.digest[:tagLength], s.Tags[i*tagLength:(i+1)*tagLength]) {
			return fmt.Sprintf("row %d (%s was found in its place)", before.Rows+i+1, r.name)
		}
	}
	if int64(len(rows)) < s.RowCount {
		return fmt.Sprintf("row %d, which is missing", before.Rows+int64(len(rows))+1)
	}
	now := s
	if now.link(rows); !bytes.Equal(now.Hash, s.Hash) {
		return fmt.Sprintf("seal %d, whose rows %d to %d it does not fit", s.Sequence, before.Rows+1, before.Rows+s.RowCount)
	}
	return ""
}
