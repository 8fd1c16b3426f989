package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/listings"
)

// books are the public ads of communities, in memory: what a visitor's list costs
// does not depend on how many ads there are. A book is read again for every list
// while that is quick. One that takes long is used for a while: reading takes a
// tenth of one session at most, and a list is a few seconds old at most.
type books struct {
	now     func() time.Time
	longest time.Duration // that a book rests

	mu   sync.Mutex
	open map[int64]*book // by community
}

const (
	maxBooks  = 64                    // communities whose books are kept
	quickBook = 20 * time.Millisecond // is read again for each list
	bookRests = 10                    // times as long as it took to read
)

// book is one community's. Its turn is held by whoever reads it.
type book struct {
	turn    chan struct{}
	began   time.Time
	until   time.Time // used without a look until then
	entries []bookEntry
	sorted  map[listings.AdOrder][]int // indices of entries
}

// bookEntry is what decides who sees an ad, and where.
type bookEntry struct {
	ID         int64  `db:"id"`
	Owner      string `db:"owner"`
	Type       string `db:"type"`
	Asset      string `db:"asset"`
	Fiat       string `db:"fiat"`
	Rate       int64  `db:"rate"`
	Min        int64  `db:"min_amount"`
	Max        int64  `db:"max_amount"`
	MethodKeys string `db:"method_keys"`
	EndsAt     stamp  `db:"ends_at"`
	Free       int64  `db:"free"`
	Votes      int64  `db:"votes"`
	Stars      int64  `db:"stars"`
	Completed  int64  `db:"completed"`
}

// The ads that a taker could take, with the owner's available balance.
const readBook = `select a.id, a.owner, a.type, a.asset, a.fiat, a.rate, a.min_amount, a.max_amount, a.method_keys, a.ends_at, r.free,
	coalesce(q.votes, 0) as votes, coalesce(q.stars, 0) as stars, coalesce(q.completed, 0) as completed` + fromAds + `
	left join accounts b on b.community_id = a.community_id
		and b.account = 'available:' || a.owner and b.currency = a.asset
	left join resources o on o.community_id = a.community_id and o.name = 'single:' || a.id
	where a.community_id = $1 and a.status = 'active'
	and r.free >= a.min_amount and (a.type = 'buy' or b.balance >= a.min_amount)
	and (a.single_offer = 0 or coalesce(o.free, 1) > 0)
	and not exists (select 1 from traders x where x.community_id = a.community_id and x.user_id = a.owner and x.banned_at is not null)`

// book returns a community's book as it was when the caller asked, or a little
// before when it takes long to read. It must be given back with done.
func (db *database) book(ctx context.Context, community int64) (b *book, done func(), err error) {
	asked := db.books.now()
	b = db.books.of(community)
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	done = func() { <-b.turn }
	if now := db.books.now(); b.began.After(asked) || now.Before(b.until) {
		return b, done, nil
	}
	began := db.books.now()
	var entries []bookEntry
	if err := db.rows(ctx, db.public, &entries, readBook, []any{community}); err != nil {
		done()
		return nil, nil, err
	}
	b.entries, b.sorted, b.began, b.until = entries, map[listings.AdOrder][]int{}, began, time.Time{}
	if now := db.books.now(); now.Sub(began) > quickBook {
		b.until = now.Add(min(bookRests*now.Sub(began), db.books.longest))
	}
	return b, done, nil
}

func (s *books) of(community int64) *book {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.open[community]
	if !ok {
		if s.open == nil || len(s.open) >= maxBooks {
			s.open = map[int64]*book{} // a reader keeps the one it has
		}
		b = &book{turn: make(chan struct{}, 1)}
		s.open[community] = b
	}
	return b
}

// average has two decimals, as it is shown.
func (e bookEntry) average() int64 {
	if e.Votes == 0 {
		return 0
	}
	return e.Stars * 100 / e.Votes
}

func (b *book) order(o listings.AdOrder) []int {
	if order, ok := b.sorted[o]; ok {
		return order
	}
	order := make([]int, len(b.entries))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return compareAds(o, &b.entries[i], &b.entries[j]) })
	b.sorted[o] = order
	return order
}

func compareAds(o listings.AdOrder, x, y *bookEntry) int {
	first := cmp.Compare(y.average(), x.average())
	switch o {
	case listings.ByOrdersCount:
		first = cmp.Compare(y.Completed, x.Completed)
	case listings.ByBestPrice:
		first = cmp.Compare(x.price(), y.price())
	}
	return cmp.Or(first, cmp.Compare(y.Votes, x.Votes), cmp.Compare(y.Completed, x.Completed), cmp.Compare(x.ID, y.ID))
}

// price is lower the better it is for the taker.
func (e bookEntry) price() int64 {
	if e.Type == string(listings.Buy) {
		return -e.Rate
	}
	return e.Rate
}

func (e *bookEntry) shownTo(f listings.AdFilter, method string, blocked map[string]bool) bool {
	switch {
	case f.Type != "" && e.Type != string(f.Type), f.Fiat != "" && e.Fiat != string(f.Fiat), f.Asset != "" && e.Asset != string(f.Asset):
		return false
	case !e.EndsAt.at.IsZero() && !e.EndsAt.at.After(f.Now):
		return false
	case f.NotOwner != "" && (e.Owner == f.NotOwner || blocked[e.Owner]):
		return false
	case method != "" && !strings.Contains(e.MethodKeys, method):
		return false
	}
	return f.Amount == 0 || e.Min <= f.Amount && e.Max >= f.Amount && e.Free >= f.Amount
}

// PublicAds implements listings.AdStore. The count is that of the book; an ad that
// went since the book was read is left out of its page.
func (db Offers) PublicAds(ctx context.Context, f listings.AdFilter) ([]listings.Ad, int64, error) {
	method := f.Method
	if method != "" {
		method = "," + method + ","
	}
	if !storable(f.NotOwner) || !storable(string(f.Fiat)) {
		return nil, 0, errText
	}
	blocked, err := db.blockedFor(ctx, f.CommunityID, f.NotOwner)
	if err != nil {
		return nil, 0, err
	}
	b, done, err := db.book(ctx, f.CommunityID)
	if err != nil {
		return nil, 0, err
	}
	var ids []int64
	var total int64
	for _, i := range b.order(f.Sort) {
		if !b.entries[i].shownTo(f, method, blocked) {
			continue
		}
		if total >= f.Offset && len(ids) < int(f.Limit) {
			ids = append(ids, b.entries[i].ID)
		}
		total++
	}
	done()
	all, err := db.adsByID(ctx, f.CommunityID, ids)
	return all, total, err
}

// blockedFor are the users with whom a user does not trade, whoever set the block.
func (db *database) blockedFor(ctx context.Context, community int64, user string) (map[string]bool, error) {
	if user == "" {
		return nil, nil
	}
	var names []string
	const query = `select blocked from blocks where community_id = $1 and user_id = $2
		union select user_id from blocks where community_id = $1 and blocked = $2`
	if err := db.rows(ctx, db.public, &names, query, []any{community, user}); err != nil {
		return nil, err
	}
	blocked := make(map[string]bool, len(names))
	for _, name := range names {
		blocked[name] = true
	}
	return blocked, nil
}

// adsByID reads active ads in the order of their ids.
func (db *database) adsByID(ctx context.Context, community int64, ids []int64) ([]listings.Ad, error) {
	if len(ids) == 0 {
		return []listings.Ad{}, nil
	}
	query := selectAds + `where a.community_id = $1 and a.status = 'active' and a.id in ` + db.among(2, 1)
	rows, err := pick(ctx, db, db.public, adTable, query, community, rowList(ids, func(id int64) []int64 { return []int64{id} }))
	if err != nil {
		return nil, err
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b ad) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return rows, nil
}
