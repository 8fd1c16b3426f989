package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

const (
	defaultPageSize = 25
	maxPageSize     = 100 // our choice; the official maximum is not published
)

// pageFilter is what the pages of a client can be narrowed by. Unknown filters are ignored.
type pageFilter struct {
	Currency      string   `json:"currency"`
	Description   string   `json:"descr"`
	Statuses      []string `json:"statuses"`
	ExcludeStatus string   `json:"exclude_status"`
	UserIDs       []string `json:"search_by_user_ids"`
	ID            int64    `json:"tx_id"`
	Quantity      int64    `json:"quantity"`
	SortByName    string   `json:"sort_by_name"`
	SortByOrder   string   `json:"sort_by_order"`
}

func (p pageFilter) lets(f facts) bool {
	return (p.Currency == "" || p.Currency == *f.currency) &&
		strings.Contains(*f.description, p.Description) &&
		(len(p.Statuses) == 0 || slices.Contains(p.Statuses, *f.status)) &&
		(p.ExcludeStatus == "" || p.ExcludeStatus != *f.status) &&
		(len(p.UserIDs) == 0 || slices.ContainsFunc(p.UserIDs, f.isParty)) &&
		(p.ID == 0 || p.ID == *f.id) && (p.Quantity == 0 || p.Quantity == *f.quantity)
}

func (p pageFilter) validate() *Error {
	if !slices.Contains([]string{"", "id", "created", "status", "currency"}, p.SortByName) ||
		!slices.Contains([]string{"", "asc", "desc"}, strings.ToLower(p.SortByOrder)) {
		return refuse("sort_by_incorrect_format")
	}
	return nil
}

// less compares by the named field and then by id; newest first unless asked for otherwise.
func (p pageFilter) compare(a, b facts) int {
	order := 0
	switch p.SortByName {
	case "status":
		order = cmp.Compare(*a.status, *b.status)
	case "currency":
		order = cmp.Compare(*a.currency, *b.currency)
	case "created":
		order = a.created.Compare(*b.created)
	}
	order = cmp.Or(order, cmp.Compare(*a.id, *b.id))
	if strings.ToLower(p.SortByOrder) == "asc" {
		return order
	}
	return -order
}

// clientPage answers one page of everything that the client has.
func clientPage[T escrow[T]](c *call) (stage.Value, *Error) {
	if err := c.ownClient(); err != nil {
		return nil, err
	}
	filter, err := stage.Decode[pageFilter](c.body)
	if err != nil {
		return nil, err
	}
	number, size, err := c.pageAndSize()
	if err != nil {
		return nil, err
	}
	if err := filter.validate(); err != nil {
		return nil, err
	}
	var none T
	found := slices.DeleteFunc(slices.Collect(maps.Values(none.book(c.world).all)), func(t T) bool { return !filter.lets(t.facts()) })
	slices.SortFunc(found, func(a, b T) int { return filter.compare(a.facts(), b.facts()) })
	data := []stage.Value{}
	total := int64(len(found))
	for i := min((number-1)*size, total); i < min(number*size, total); i++ {
		data = append(data, show(c, found[i]))
	}
	return struct {
		Data       []stage.Value `json:"data"`
		Page       int64         `json:"page"`
		PageSize   int64         `json:"page_size"`
		TotalCount int64         `json:"total_count"`
		TotalPages int64         `json:"total_pages"`
	}{data, number, size, total, (total + size - 1) / size}, nil
}

func (c *call) pageAndSize() (number, size int64, err *Error) {
	q := c.request.URL.Query()
	number, ok := intParam(q, "page", 1)
	switch {
	case !ok || number > maxAmount:
		return 0, 0, refuse("invalid_page")
	case number < 1:
		return 0, 0, refuse("page_value_too_low")
	}
	size, ok = intParam(q, "page_size", defaultPageSize)
	switch {
	case !ok:
		return 0, 0, refuse("invalid_page_size")
	case size < 1:
		return 0, 0, refuse("page_size_value_too_low")
	case size > maxPageSize:
		return 0, 0, refuse("excessive_page_size")
	}
	return number, size, nil
}

// clientTransaction reads one transaction as the client that made it.
func clientTransaction[T escrow[T]](c *call) (stage.Value, *Error) {
	id, err := pathID(c.request)
	if err != nil {
		return nil, err
	}
	if err := c.ownClient(); err != nil {
		return nil, err
	}
	var none T
	t, ok := none.book(c.world).all[id]
	if !ok {
		return nil, refuse("not_found")
	}
	return show(c, t), nil
}

func getClientUser(c *call) (stage.Value, *Error) {
	if err := c.ownClient(); err != nil {
		return nil, err
	}
	u := c.world.users[c.request.PathValue("user_id")]
	if u == nil {
		return nil, refuse("not_found")
	}
	return struct {
		ID    string `json:"id"`
		Email string `json:"email"`
	}{u.ID, u.Email}, nil
}
