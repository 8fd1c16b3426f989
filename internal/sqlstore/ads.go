package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

var _ listings.AdStore = (*DB)(nil)

// The leading columns never change; the first that does is the version.
const (
	adColumns = `id, community_id, owner, created_at, version, type, asset, fiat, rate, min_amount, max_amount, total_amount,
payment_methods, method_keys, sealed_details, instructions, pay_minutes, single_offer, ends_at, status, updated_at`
	firstMutableOfAd = 4

	fromAds = ` from ads a
		join resources r on r.community_id = a.community_id and r.name = 'ad:' || a.id
		left join ratings q on q.community_id = a.community_id and q.user_id = a.owner `
	adFields = `select a.id, a.community_id, a.owner, a.created_at, a.version, a.type, a.asset, a.fiat, a.rate,
		a.min_amount, a.max_amount, a.total_amount, a.payment_methods, a.method_keys, a.sealed_details, a.instructions,
		a.pay_minutes, a.single_offer, a.ends_at, a.status, a.updated_at, r.free,
		coalesce(q.positive, 0) as positive, coalesce(q.negative, 0) as negative, coalesce(q.votes, 0) as votes,
		coalesce(q.stars, 0) as stars, coalesce(q.completed, 0) as completed`
)

type adRow struct {
	ID           int64  `db:"id"`
	CommunityID  int64  `db:"community_id"`
	Owner        string `db:"owner"`
	CreatedAt    stamp  `db:"created_at"`
	Version      int64  `db:"version"`
	Type         string `db:"type"`
	Asset        string `db:"asset"`
	Fiat         string `db:"fiat"`
	Rate         int64  `db:"rate"`
	Min          int64  `db:"min_amount"`
	Max          int64  `db:"max_amount"`
	Total        int64  `db:"total_amount"`
	Methods      string `db:"payment_methods"`
	MethodKeys   string `db:"method_keys"`
	Sealed       []byte `db:"sealed_details"`
	Instructions string `db:"instructions"`
	PayMinutes   int    `db:"pay_minutes"`
	SingleOffer  int64  `db:"single_offer"`
	EndsAt       stamp  `db:"ends_at"`
	Status       string `db:"status"`
	UpdatedAt    stamp  `db:"updated_at"`
	Free         int64  `db:"free"`
	Positive     int64  `db:"positive"`
	Negative     int64  `db:"negative"`
	Votes        int64  `db:"votes"`
	Stars        int64  `db:"stars"`
	Completed    int64  `db:"completed"`
}

func adArgs(a listings.Ad) (row, error) {
	if !storable(a.Owner) || !storable(a.Instructions) {
		return nil, errText
	}
	sealed := a.Sealed
	if sealed == nil {
		sealed = []byte{} // nil would be null
	}
	return row{
		a.ID, a.CommunityID, a.Owner, stamp{a.CreatedAt}, a.Version, string(a.Type), string(a.Asset), string(a.Fiat), a.Rate,
		a.Min, a.Max, a.Total, strings.Join(a.Methods, ","), framed(strings.Join(a.MethodKeys, ",")), sealed,
		a.Instructions, int64(a.PayMinutes), flag(a.SingleOffer), stamp{a.EndsAt}, string(a.Status), stamp{a.UpdatedAt},
	}, nil
}

// framed puts a comma on both sides, so that whole names can be looked for.
func framed(names string) string { return "," + names + "," }

func (r adRow) ad() (listings.Ad, error) {
	return listings.Ad{
		ID: r.ID, CommunityID: r.CommunityID, Owner: r.Owner,
		AdTerms: listings.AdTerms{
			Type: listings.AdType(r.Type), Asset: money.Currency(r.Asset), Fiat: money.Currency(r.Fiat), Rate: r.Rate,
			Min: r.Min, Max: r.Max, Total: r.Total, Methods: strings.Split(r.Methods, ","),
			Instructions: r.Instructions, PayMinutes: r.PayMinutes, SingleOffer: r.SingleOffer == 1, EndsAt: r.EndsAt.at,
		},
		Available: r.Free, MethodKeys: strings.Split(strings.Trim(r.MethodKeys, ","), ","), Sealed: r.Sealed,
		Status: listings.AdStatus(r.Status), Version: r.Version, CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at,
		Reputation: listings.Reputation{
			Positive: r.Positive, Negative: r.Negative, Votes: r.Votes, Stars: r.Stars, Completed: r.Completed,
		},
	}, nil
}

// expireAd ends the active ad that stands in the way of another of its owner and
// type, if its time is over.
const expireAd = `update ads set status = 'expired', version = version + 1, updated_at = $4
	where community_id = $1 and owner = $2 and type = $3 and status = 'active' and id <> $5 and ends_at <= $4`

func (u unit) makeRoom(ctx context.Context, a listings.Ad) error {
	if a.Status != listings.Active {
		return nil
	}
	_, err := u.exec(ctx, expireAd, a.CommunityID, a.Owner, string(a.Type), stamp{a.UpdatedAt}, a.ID)
	return err
}

// InsertAd implements listings.AdStore.
func (db *DB) InsertAd(ctx context.Context, a listings.Ad) error {
	args, err := adArgs(a)
	if err != nil {
		return err
	}
	err = db.atomically(ctx, func(u unit) error {
		if err := u.makeRoom(ctx, a); err != nil {
			return err
		}
		if _, err := u.exec(ctx, insert("ads", adColumns), args...); err != nil {
			return err
		}
		if _, err := u.exec(ctx, setFree, a.CommunityID, listings.AdResource(a.ID), a.Total); err != nil {
			return err
		}
		return u.openAd(ctx, a)
	})
	return duplicateAd(err)
}

// UpdateAd implements listings.AdStore.
func (db *DB) UpdateAd(ctx context.Context, a listings.Ad, grow int64, expect *int64) error {
	args, err := adArgs(a)
	if err != nil {
		return err
	}
	args = append(append(row{a.ID}, args[firstMutableOfAd:]...), a.CommunityID)
	update := `update ads set ` + assignments(adColumns, firstMutableOfAd) +
		fmt.Sprintf(` where id = $1 and version = $2 - 1 and community_id = $%d`, len(args))
	err = db.atomically(ctx, func(u unit) error {
		if err := u.makeRoom(ctx, a); err != nil {
			return err
		}
		n, err := u.exec(ctx, update, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return listings.ErrRevision
		}
		if err := u.growAd(ctx, a, grow, expect); err != nil {
			return err
		}
		return u.openAd(ctx, a)
	})
	return duplicateAd(err)
}

// openAd closes the gate of the version before and opens that of this one, if the
// ad is active. The closed one is kept, empty: a commit that was judged before must
// find it so.
func (u unit) openAd(ctx context.Context, a listings.Ad) error {
	const shut = `update resources set free = 0 where community_id = $1 and name = $2`
	if _, err := u.exec(ctx, shut, a.CommunityID, listings.AdOpenResource(a.ID, a.Version-1)); err != nil || a.Status != listings.Active {
		return err
	}
	_, err := u.exec(ctx, setFree, a.CommunityID, listings.AdOpenResource(a.ID, a.Version), int64(listings.AdOpenings))
	return err
}

// growAd changes what is left of an ad.
func (u unit) growAd(ctx context.Context, a listings.Ad, grow int64, expect *int64) error {
	if grow == 0 && expect == nil {
		return nil
	}
	const grown = `update resources set free = free + $3 where community_id = $1 and name = $2 and free + $3 >= 0`
	args := []any{a.CommunityID, listings.AdResource(a.ID), grow}
	query, refusal := grown, listings.ErrTotal
	if expect != nil {
		query, refusal = grown+` and free = $4`, listings.ErrRevision
		args = append(args, *expect)
	}
	n, err := u.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return refusal
	}
	return err
}

// duplicateAd names the violation of the index on active ads: the only unique
// one, other than primary keys, on the tables that an ad is written to.
func duplicateAd(err error) error {
	var p *pq.Error
	if errors.As(err, &p) && p.Code == pqerror.UniqueViolation && p.Constraint == "ads_one_active" {
		return listings.ErrDuplicateAd
	}
	var s *sqlite.Error
	if errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return listings.ErrDuplicateAd
	}
	return err
}

// Ad implements listings.AdStore.
func (db *DB) Ad(ctx context.Context, community, id int64) (listings.Ad, bool, error) {
	return db.ad(ctx, `where a.community_id = $1 and a.id = $2`, community, id)
}

// ActiveAd implements listings.AdStore.
func (db *DB) ActiveAd(ctx context.Context, community int64, owner string, t listings.AdType) (listings.Ad, bool, error) {
	return db.ad(ctx, `where a.community_id = $1 and a.owner = $2 and a.type = $3 and a.status = 'active'`,
		community, owner, string(t))
}

func (db *DB) ad(ctx context.Context, where string, args ...any) (listings.Ad, bool, error) {
	var r adRow
	found, err := db.one(ctx, &r, adFields+fromAds+where, args...)
	if err != nil || !found {
		return listings.Ad{}, false, err
	}
	a, err := r.ad()
	return a, true, err
}

// AdsOf implements listings.AdStore.
func (db *DB) AdsOf(ctx context.Context, community int64, owner string, p listings.Page) ([]listings.Ad, int64, error) {
	const where = `where a.community_id = $1 and a.owner = $2 and a.status <> 'closed'`
	return db.ads(ctx, fromAds+where, `a.created_at desc, a.id desc`, p, community, owner)
}

// ads reads a page and counts the whole list.
func (db *DB) ads(ctx context.Context, from, order string, p listings.Page, args ...any) ([]listings.Ad, int64, error) {
	var total int64
	if _, err := db.one(ctx, &total, `select count(*)`+from, args...); err != nil {
		return nil, 0, err
	}
	query := adFields + from +
		fmt.Sprintf(` order by %s limit $%d offset $%d`, order, len(args)+1, len(args)+2)
	var rows []adRow
	if err := db.all(ctx, &rows, query, append(args, p.Limit, p.Offset)...); err != nil {
		return nil, 0, err
	}
	all, err := convert(rows, adRow.ad)
	return all, total, err
}
