package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/handsel-dev/handsel/listings"
)

var _ listings.AdStore = (*DB)(nil)

type ad = listings.Ad

// What is left of an ad stands in resources, what is said of its owner in ratings.
var adTable = tableOf("ads",
	number("id", func(a *ad) *int64 { return &a.ID }).fixed(),
	number("community_id", func(a *ad) *int64 { return &a.CommunityID }).fixed(),
	text("owner", func(a *ad) *string { return &a.Owner }).fixed(),
	instant("created_at", func(a *ad) *time.Time { return &a.CreatedAt }).fixed(),
	number("version", func(a *ad) *int64 { return &a.Version }),
	text("type", func(a *ad) *string { return (*string)(&a.Type) }),
	text("asset", func(a *ad) *string { return (*string)(&a.Asset) }),
	text("fiat", func(a *ad) *string { return (*string)(&a.Fiat) }),
	number("rate", func(a *ad) *int64 { return &a.Rate }),
	number("min_amount", func(a *ad) *int64 { return &a.Min }),
	number("max_amount", func(a *ad) *int64 { return &a.Max }),
	number("total_amount", func(a *ad) *int64 { return &a.Total }),
	names("payment_methods", func(a *ad) *[]string { return &a.Methods }, ""),
	names("method_keys", func(a *ad) *[]string { return &a.MethodKeys }, ","),
	blob("sealed_details", func(a *ad) *[]byte { return &a.Sealed }),
	text("instructions", func(a *ad) *string { return &a.Instructions }),
	count("pay_minutes", func(a *ad) *int { return &a.PayMinutes }),
	truth("single_offer", func(a *ad) *bool { return &a.SingleOffer }),
	instant("ends_at", func(a *ad) *time.Time { return &a.EndsAt }),
	text("status", func(a *ad) *string { return (*string)(&a.Status) }),
	instant("updated_at", func(a *ad) *time.Time { return &a.UpdatedAt }),
).plus(
	number("free", func(a *ad) *int64 { return &a.Available }).as("r.free"),
	number("positive", func(a *ad) *int64 { return &a.Reputation.Positive }).as("coalesce(q.positive, 0)"),
	number("negative", func(a *ad) *int64 { return &a.Reputation.Negative }).as("coalesce(q.negative, 0)"),
	number("votes", func(a *ad) *int64 { return &a.Reputation.Votes }).as("coalesce(q.votes, 0)"),
	number("stars", func(a *ad) *int64 { return &a.Reputation.Stars }).as("coalesce(q.stars, 0)"),
	number("completed", func(a *ad) *int64 { return &a.Reputation.Completed }).as("coalesce(q.completed, 0)"),
)

const fromAds = ` from ads a
		join resources r on r.community_id = a.community_id and r.name = 'ad:' || a.id
		left join ratings q on q.community_id = a.community_id and q.user_id = a.owner `

var selectAds = `select ` + adTable.from("a") + fromAds

// names are texts with commas between them. With a frame there is a comma on both sides
// too, so that whole names can be looked for.
func names(name string, at func(*ad) *[]string, frame string) column[*ad] {
	return encoded(name, func(a *ad) (string, error) { return frame + strings.Join(*at(a), ",") + frame, nil }, func(a *ad, text string) error {
		*at(a) = strings.Split(strings.Trim(text, frame), ",")
		return nil
	})
}

func adArgs(a listings.Ad) (row, error) {
	if !storable(a.Owner) || !storable(a.Instructions) {
		return nil, errText
	}
	return adTable.row(&a)
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
func (db Offers) InsertAd(ctx context.Context, a listings.Ad) error {
	args, err := adArgs(a)
	if err != nil {
		return err
	}
	err = db.announcing(ctx, func(u announcer) error {
		if err := u.makeRoom(ctx, a); err != nil {
			return err
		}
		if _, err := u.exec(ctx, adTable.insertion(1), args...); err != nil {
			return err
		}
		if err := u.announceAd(ctx, a); err != nil {
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
func (db Offers) UpdateAd(ctx context.Context, a listings.Ad, grow int64, expect *int64) error {
	args, err := adArgs(a)
	if err != nil {
		return err
	}
	args = append(append(row{a.ID}, adTable.changes(args)...), a.CommunityID)
	update := `update ads set ` + adTable.assignments(2) +
		fmt.Sprintf(` where id = $1 and version = $2 - 1 and community_id = $%d`, len(args))
	err = db.announcing(ctx, func(u announcer) error {
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
		if err := u.announceAd(ctx, a); err != nil {
			return err
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
func (db Offers) Ad(ctx context.Context, community, id int64) (listings.Ad, bool, error) {
	return db.ad(ctx, `where a.community_id = $1 and a.id = $2`, community, id)
}

// ActiveAd implements listings.AdStore.
func (db Offers) ActiveAd(ctx context.Context, community int64, owner string, t listings.AdType) (listings.Ad, bool, error) {
	return db.ad(ctx, `where a.community_id = $1 and a.owner = $2 and a.type = $3 and a.status = 'active'`,
		community, owner, string(t))
}

func (db *database) ad(ctx context.Context, where string, args ...any) (listings.Ad, bool, error) {
	return pickOne(ctx, db, db.reads, adTable, selectAds+where, args...)
}

// AdsOf implements listings.AdStore.
func (db Offers) AdsOf(ctx context.Context, community int64, owner string, p listings.Page) ([]listings.Ad, int64, error) {
	const where = `where a.community_id = $1 and a.owner = $2 and a.status <> 'closed'`
	return db.ads(ctx, where, `a.created_at desc, a.id desc`, p, community, owner)
}

// AllAds implements listings.AdStore.
func (db Offers) AllAds(ctx context.Context, f listings.StaffFilter) ([]listings.Ad, error) {
	where, args := `where a.community_id = $1`, []any{f.Community, f.Limit}
	also := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(condition, len(args))
	}
	if f.Before != 0 {
		also(` and a.id < $%d`, f.Before)
	}
	if f.Owner != "" {
		also(` and a.owner = $%d`, f.Owner)
	}
	switch f.Status { // that an ad has ended is told by the time alone
	case "":
	case listings.Active:
		also(` and a.status = 'active' and (a.ends_at is null or a.ends_at > $%d)`, stamp{f.Now})
	case listings.Expired:
		also(` and a.status = 'active' and a.ends_at <= $%d`, stamp{f.Now})
	default:
		also(` and a.status = $%d`, string(f.Status))
	}
	return pick(ctx, db, db.reads, adTable, selectAds+where+` order by a.id desc limit $2`, args...)
}

// ads reads a page and counts the whole list.
func (db *database) ads(ctx context.Context, where, order string, p listings.Page, args ...any) ([]listings.Ad, int64, error) {
	var total int64
	if _, err := db.one(ctx, &total, `select count(*)`+fromAds+where, args...); err != nil {
		return nil, 0, err
	}
	query := selectAds + where +
		fmt.Sprintf(` order by %s limit $%d offset $%d`, order, len(args)+1, len(args)+2)
	all, err := pick(ctx, db, db.reads, adTable, query, append(args, p.Limit, p.Offset)...)
	return all, total, err
}
