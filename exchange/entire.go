package exchange

import (
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/listings"
)

// entire reads on where a store has ended a page that is full: readers of these lists count on as many as they
// asked for, since the next page begins behind those.
func entire[T paging.Sized](p listings.Page, read func(listings.Page) ([]T, int64, error)) (all []T, total int64, err error) {
	for {
		left := listings.Page{Limit: p.Limit - len(all), Offset: p.Offset + int64(len(all))}
		some, count, err := read(left)
		if err != nil {
			return nil, 0, err
		}
		if all, total = append(all, some...), count; len(all) >= p.Limit || !paging.GoesOn(some, left.Limit) {
			return all, total, nil
		}
	}
}
