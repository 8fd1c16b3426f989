package sandbox

import (
	"net/url"
	"strconv"
	"strings"
)

const (
	maxBatch     = 50
	maxLimit     = 50
	defaultLimit = 25
)

type carrier struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func getSupportedCarriers(*call) (any, *Error) {
	return []carrier{{"an-post", "An Post"}, {"fedex", "FedEx"}, {"ups", "UPS"}, {"usps", "USPS"}}, nil
}

func getTimelines(c *call) (any, *Error) {
	if c.request.PathValue("client_id") != c.world.cfg.ClientID {
		return nil, refuse("not_found")
	}
	l := c.world.cfg.Timelines
	return struct {
		ComplaintPeriod   int64 `json:"complaint_period_seconds"`
		DeliveryAllowance int64 `json:"delivery_allowance_seconds"`
		TrackingAllowance int64 `json:"tracking_details_allowance_seconds"`
	}{ComplaintPeriod: int64(l.ComplaintPeriod.Seconds()), TrackingAllowance: int64(l.TrackingAllowance.Seconds())}, nil
}

func viewTransaction(t *online) (any, *Error) { return t.Transaction, nil }

// viewClientSecret answers the secret while there is something to pay.
func viewClientSecret(t *online) (any, *Error) {
	if err := t.check(onlinePay); err != nil {
		return nil, err
	}
	return struct {
		ClientSecret string `json:"client_secret"`
	}{t.clientSecret}, nil
}

func viewPublishableKey(*online) (any, *Error) {
	return struct {
		PublishableKey string `json:"publishable_key"`
	}{"pk_test_sandbox"}, nil
}

// listTransactions pages backwards from the newest: after_id gives smaller ids, before_id gives larger ones.
func listTransactions(c *call) (any, *Error) {
	q := c.request.URL.Query()
	after, ok := pageID(q, "after_id")
	if !ok {
		return nil, refuse("invalid_after_id")
	}
	before, ok := pageID(q, "before_id")
	if !ok {
		return nil, refuse("invalid_before_id")
	}
	limit, ok := intParam(q, "limit", defaultLimit)
	if !ok || limit < 1 || limit > maxLimit {
		return nil, refuse("invalid_limit")
	}
	page := []Transaction{}
	own := c.user.transactions
	for i := len(own) - 1; i >= 0 && int64(len(page)) < limit; i-- {
		if id := own[i].ID; (after == nil || id < *after) && (before == nil || id > *before) {
			page = append(page, own[i].Transaction)
		}
	}
	return page, nil
}

func pageID(q url.Values, name string) (*int64, bool) {
	if !q.Has(name) {
		return nil, true
	}
	id, err := strconv.ParseInt(q.Get(name), 10, 64)
	return &id, err == nil && id >= 0
}

// batchTransactions keeps the asked order, repeats duplicates, and puts null where the caller can see nothing.
func batchTransactions(c *call) (any, *Error) {
	raw := c.request.URL.Query().Get("ids")
	if raw == "" {
		return nil, refuse("ids_missing")
	}
	if strings.Count(raw, ",") >= maxBatch {
		return nil, refuse("too_many_ids")
	}
	var batch []*Transaction
	for part := range strings.SplitSeq(raw, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, refuse("invalid_id")
		}
		var found *Transaction
		if t, err := c.visible(id); err == nil {
			found = &t.Transaction
		}
		batch = append(batch, found)
	}
	return batch, nil
}

func (c *call) byJoinCode(code string) (*online, *Error) {
	if t := c.world.joinCodes[code]; t != nil {
		return t, nil
	}
	return nil, refuse("not_found")
}

// queryJoinCode finds the transaction that the query names.
func (c *call) queryJoinCode() (*online, *Error) {
	code := c.request.URL.Query().Get("join_code")
	if code == "" {
		return nil, refuse("join_code_missing")
	}
	return c.byJoinCode(code)
}

// getByJoinCode lets everybody read who holds the code.
func getByJoinCode(c *call) (any, *Error) {
	t, err := c.queryJoinCode()
	if err != nil {
		return nil, err
	}
	return t.Transaction, nil
}
