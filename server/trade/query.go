package trade

import (
	"math"
	"net/url"
	"strconv"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/server/web"
)

// mostPerPage is how long a page of a list may be (customer's documents, contract of the faces).
const mostPerPage = 100

// Page reads limit and offset.
func (r *Request) Page(limit int64) (listings.Page, error) {
	limit, err := r.Whole("limit", limit, 1, mostPerPage)
	if err != nil {
		return listings.Page{}, err
	}
	offset, err := r.Whole("offset", 0, 0, math.MaxInt32)
	return listings.Page{Limit: int(limit), Offset: offset}, err
}

// Whole reads a whole number of the query, written in digits only.
func (r *Request) Whole(name string, otherwise, least, most int64) (int64, error) {
	return WholeIn(r.Query, name, otherwise, least, most)
}

// WholeIn is the number of a name in a query, or otherwise where it is not there.
func WholeIn(query url.Values, name string, otherwise, least, most int64) (int64, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	text := query.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] == '+' || n < least || n > most {
		return 0, web.Invalid("out_of_range", name, "%s must be a whole number between %d and %d", name, least, most)
	}
	return n, nil
}

// OneOf reads a word of the query that is one of several.
func (r *Request) OneOf(name string, words ...string) (string, error) {
	if !r.Query.Has(name) {
		return "", nil
	}
	return Word(name, r.Query.Get(name), words...)
}

// Word checks that a value is one of several.
func Word(field, value string, words ...string) (string, error) {
	for _, w := range words {
		if value == w {
			return w, nil
		}
	}
	return "", web.Invalid("invalid_value", field, "%s must be one of %v", field, words)
}
