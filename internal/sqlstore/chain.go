package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/orchestrator"
)

// sealPiece is how many positions of a lane one round seals at most, which bounds the
// memory of sealing and of the doctor, and tagLength how many bytes of each row's
// digest a seal keeps, so that a changed row can be named.
const (
	sealPiece = 500
	tagLength = 4
)

// sealable is a row that is sealed: what it is called, and the digest of its content
// as it is now.
type sealable struct {
	community int64
	name      string
	digest    []byte
	stored    []byte // as its writer noted it; empty: by an older version
}

// broken is the first row that is not what its writer wrote.
func (s sealable) broken() error {
	if len(s.stored) > 0 && !bytes.Equal(s.stored, s.digest) {
		return fmt.Errorf("%s is not what was written", s.name)
	}
	return nil
}

// seal is a link of a community's chain.
type seal struct {
	CommunityID, Sequence, Round, Lane, Acts, After, Upto, RowCount int64
	Tags, Previous, Hash                                            []byte
	At                                                              time.Time
}

var sealTable = tableOf("seals",
	number("community_id", func(s *seal) *int64 { return &s.CommunityID }),
	number("sequence", func(s *seal) *int64 { return &s.Sequence }),
	number("round", func(s *seal) *int64 { return &s.Round }),
	number("lane", func(s *seal) *int64 { return &s.Lane }),
	number("acts", func(s *seal) *int64 { return &s.Acts }),
	number("after", func(s *seal) *int64 { return &s.After }),
	number("upto", func(s *seal) *int64 { return &s.Upto }),
	number("row_count", func(s *seal) *int64 { return &s.RowCount }),
	blob("tags", func(s *seal) *[]byte { return &s.Tags }),
	blob("previous", func(s *seal) *[]byte { return &s.Previous }),
	blob("hash", func(s *seal) *[]byte { return &s.Hash }),
	instant("at", func(s *seal) *time.Time { return &s.At }),
)

// link computes what follows from the rows: count, tags and hash.
func (s *seal) link(rows []sealable) {
	s.RowCount, s.Tags = int64(len(rows)), make([]byte, 0, tagLength*len(rows))
	sum := sha256.New()
	sum.Write(digest(s.CommunityID, s.Sequence, s.Round, s.Lane, s.Acts, s.After, s.Upto, s.RowCount, s.Previous, stamp{s.At}))
	for _, r := range rows {
		sum.Write(r.digest)
		s.Tags = append(s.Tags, r.digest[:tagLength]...)
	}
	s.Hash = sum.Sum(nil)
}

// laneRow is what one writer wrote through one session.
type laneRow struct {
	Lane, Acts, Sealed int64
	OpenedAt           time.Time
}

var laneTable = tableOf("lanes",
	number("lane", func(l *laneRow) *int64 { return &l.Lane }),
	number("acts", func(l *laneRow) *int64 { return &l.Acts }),
	instant("opened_at", func(l *laneRow) *time.Time { return &l.OpenedAt }),
	number("sealed", func(l *laneRow) *int64 { return &l.Sealed }),
)

// Seal seals what was written since the last time, in the order of each lane, and
// reads which communities are on hold. No commit waits for it. Any number of replicas
// may call it: of two at the same moment one does the work. It looks at one piece of what
// was sealed before as well, a piece further each time. A row that is not what was
// written, or sealed, puts its community on hold, which is an error once. It returns how
// many rows it sealed.
func (db Chain) Seal(ctx context.Context) (int, error) {
	lanes, err := find(ctx, db, laneTable, unsealed, stamp{db.now().Add(-laneLooked)})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, l := range lanes {
		for {
			rows, upto, err := db.piece(ctx, l, l.Sealed, 0)
			if err != nil {
				return total, err
			}
			if upto == l.Sealed {
				break
			}
			if err := db.sealRound(ctx, l, upto, rows); err != nil {
				if errors.Is(err, errSealed) {
					break // by another replica
				}
				return total, err
			}
			total, l.Sealed = total+len(rows), upto
		}
	}
	return total, errors.Join(db.lookBack(ctx), db.loadHolds(ctx))
}

// unsealed are the lanes that have rows above what is sealed. Mostly there is none, and it
// takes one statement to know. As in piece, lane <> 0 lets both databases use the index.
const unsealed = `where opened_at > $1 and (
	acts = 0 and exists (select 1 from transaction_log r where r.lane = lanes.lane and r.lane <> 0 and r.position > lanes.sealed) or
	acts = 1 and exists (select 1 from audit_log r where r.lane = lanes.lane and r.lane <> 0 and r.position > lanes.sealed))
	order by opened_at, lane`

// lookBack holds the seals of one earlier round against the rows of now.
func (db *database) lookBack(ctx context.Context) error {
	seals, err := find(ctx, db, sealTable, `where round = (select min(round) from seals where round > $1) order by community_id`, db.looked.Load())
	if err != nil {
		return err
	}
	if len(seals) == 0 {
		db.looked.Store(0)
		return nil
	}
	reach := map[int64]*Reach{}
	for _, s := range seals {
		r := &Reach{CommunityID: s.CommunityID, Seals: s.Sequence - 1, Head: []byte{}}
		previous, found, err := findOne(ctx, db, sealTable, `where community_id = $1 and sequence = $2`, s.CommunityID, r.Seals)
		if err != nil {
			return err
		}
		if found {
			r.Head = previous.Hash
		}
		reach[s.CommunityID] = r
	}
	if err := db.checkRound(ctx, seals, reach); err != nil {
		return err
	}
	for community, r := range reach {
		if r.Broken == "" {
			continue
		}
		if _, err := db.exec(ctx, holdCommunity, community, chainBroken+r.Broken, stamp{db.now()}); err != nil {
			return err
		}
	}
	db.looked.Store(seals[0].Round)
	return nil
}

const holdCommunity = `update communities set hold = $2, held_at = $3 where id = $1 and hold = ''`

// chainBroken begins the reason of a community whose history was changed.
const chainBroken = "chain broken at "

var errSealed = errors.New("sealed by another replica")

// sealRound writes the seals of one piece of a lane, one for each community in it.
func (db *database) sealRound(ctx context.Context, l laneRow, upto int64, rows []sealable) error {
	order, of := byCommunity(rows)
	return db.atomically(ctx, func(u unit) error {
		n, err := u.exec(ctx, `update lanes set sealed = $3 where lane = $1 and sealed = $2`, l.Lane, l.Sealed, upto)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Wrap(errSealed, fault.Conflict, orchestrator.ErrRevisionConflict.Reason, "sealed by another replica")
		}
		if db.dialect == migrations.Postgres {
			// One chain is made longer by one at a time; readers do not wait.
			if _, err := u.exec(ctx, `lock table seals in exclusive mode`); err != nil {
				return err
			}
		}
		var round int64
		if err := u.tx.GetContext(ctx, &round, `select coalesce(max(round), 0) + 1 from seals`); err != nil {
			return fmt.Errorf("read: %w", err)
		}
		for _, community := range order {
			s := seal{CommunityID: community, Round: round, Lane: l.Lane, Acts: l.Acts, After: l.Sealed, Upto: upto, At: db.now().UTC().Truncate(time.Microsecond)}
			if err := u.addSeal(ctx, s, of[community]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (u unit) addSeal(ctx context.Context, s seal, rows []sealable) error {
	for _, r := range rows {
		if err := r.broken(); err != nil {
			_, held := u.exec(ctx, holdCommunity, s.CommunityID, chainBroken+err.Error(), stamp{s.At})
			if held != nil {
				return held
			}
			break
		}
	}
	ends, err := u.tx.QueryContext(ctx, sealTable.selection(`where community_id = $1 order by sequence desc limit 1`), s.CommunityID)
	last, err := readAll(sealTable, ends, err)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	s.Sequence, s.Previous = 1, []byte{}
	if len(last) > 0 {
		s.Sequence, s.Previous = last[0].Sequence+1, last[0].Hash
	}
	s.link(rows)
	args, err := sealTable.row(&s)
	if err == nil {
		_, err = u.exec(ctx, sealTable.insertion(1), args...)
	}
	return err
}

// byCommunity parts rows, keeping their order, and lists the communities as they come.
func byCommunity(rows []sealable) (order []int64, of map[int64][]sealable) {
	of = map[int64][]sealable{}
	for _, r := range rows {
		if _, known := of[r.community]; !known {
			order = append(order, r.community)
		}
		of[r.community] = append(of[r.community], r)
	}
	return order, of
}
