package server

import (
	"math"
	"net/url"
	"strconv"

	"github.com/handsel-dev/handsel/listings"
)

// mostPerPage is how long a page of a list may be (customer's documents, contract of the faces).
const mostPerPage = 100

// page reads limit and offset.
func (r *request) page(limit int64) (listings.Page, error) {
	limit, err := r.whole("limit", limit, 1, mostPerPage)
	if err != nil {
		return listings.Page{}, err
	}
	offset, err := r.whole("offset", 0, 0, math.MaxInt32)
	return listings.Page{Limit: int(limit), Offset: offset}, err
}

// whole reads a whole number of the query, written in digits only.
func (r *request) whole(name string, otherwise, least, most int64) (int64, error) {
	return wholeIn(r.query, name, otherwise, least, most)
}

// wholeIn is the number of a name in a query, or otherwise where it is not there.
func wholeIn(query url.Values, name string, otherwise, least, most int64) (int64, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	text := query.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] == '+' || n < least || n > most {
		return 0, invalid("out_of_range", name, "%s must be a whole number between %d and %d", name, least, most)
	}
	return n, nil
}

// oneOf reads a word of the query that is one of several.
func (r *request) oneOf(name string, words ...string) (string, error) {
	if !r.query.Has(name) {
		return "", nil
	}
	return word(name, r.query.Get(name), words...)
}

// word checks that a value is one of several.
func word(field, value string, words ...string) (string, error) {
	for _, w := range words {
		if value == w {
			return w, nil
		}
	}
	return "", invalid("invalid_value", field, "%s must be one of %v", field, words)
}
