package client

import (
	"fmt"
	"iter"
	"net/url"
	"strconv"
)

const maxPage = 50

// PageOptions selects a part of a list that is ordered newest first.
type PageOptions struct {
	// AfterID returns only older records, those with smaller ids; 0 starts at the
	// newest.
	AfterID int64
	// BeforeID returns only newer records, those with greater ids; 0 sets no bound.
	BeforeID int64
	// Limit is the size of a page, 1 to 50; 0 leaves it to the API (25).
	Limit int
}

func (p PageOptions) values() url.Values {
	values := url.Values{}
	setInt(values, "after_id", p.AfterID)
	setInt(values, "before_id", p.BeforeID)
	setInt(values, "limit", int64(p.Limit))
	return values
}

func setInt(values url.Values, key string, n int64) {
	if n != 0 {
		values.Set(key, strconv.FormatInt(n, 10))
	}
}

// pages walks a list from page.AfterID to its end. It trusts neither a short
// page, because the limit is the server's to lower, nor the server to advance.
func pages[T record](op string, page PageOptions, list func(PageOptions) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		next := page
		if next.Limit == 0 {
			next.Limit = maxPage
		}
		for {
			found, err := list(next)
			if err != nil {
				yield(zero, err)
				return
			}
			if len(found) == 0 {
				return
			}
			for _, one := range found {
				id := one.recordID()
				if next.AfterID != 0 && id >= next.AfterID {
					yield(zero, &Error{Op: op, Err: fmt.Errorf("%w: ids do not descend", ErrUnexpectedAnswer)})
					return
				}
				if !yield(one, nil) {
					return
				}
				next.AfterID = id
			}
		}
	}
}
