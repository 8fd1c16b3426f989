package sharetribe

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// startQuestion is the body of can_start_transaction.
type startQuestion struct {
	Transaction *question `json:"transaction" required:"true"`
}

type question struct {
	PaymentGateway  string `json:"payment_gateway" required:"later"`
	CommunityID     *int64 `json:"community_id" required:"later"`
	ListingAuthorID string `json:"listing_author_id" required:"later"`

	within string // where the fields stand in the body; empty for a query
}

// canStartOut is the answer.
type canStartOut struct {
	Result bool `json:"result"`
}

// canStart tells whether the author can be paid through a gateway. It takes the
// document's JSON body, or the same fields in the query for clients that cannot
// send a body with GET.
func (f face) canStart(c *gin.Context, who deal.Caller) error {
	q, err := f.question(c)
	if err != nil {
		return err
	}
	if err := fault.All(web.Text(q.within+"payment_gateway", q.PaymentGateway, web.MaxName), ownCommunity(q.within+"community_id", q.CommunityID, who),
		web.UserID(q.within+"listing_author_id", &q.ListingAuthorID)); err != nil {
		return err
	}
	can, err := f.engine.CanReceive(c.Request.Context(), q.PaymentGateway, who.Community(), q.ListingAuthorID)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, canStartOut{can})
}

func (f face) question(c *gin.Context) (question, error) {
	if c.Request.URL.RawQuery != "" {
		return flatQuestion(c)
	}
	var body startQuestion
	if _, err := f.ReadJSON(c, web.InEveryString, &body); err != nil {
		return question{}, err
	}
	q := *body.Transaction
	q.within = "transaction."
	return q, nil
}

func flatQuestion(c *gin.Context) (question, error) {
	for name, all := range c.Request.URL.Query() {
		if web.NamesCardData(name) || web.HoldsCardNumber(name) || slices.ContainsFunc(all, web.HoldsCardNumber) {
			return question{}, web.CardDataRefused("")
		}
	}
	query, err := web.Parameters(c, "payment_gateway", "community_id", "listing_author_id")
	if err != nil {
		return question{}, err
	}
	q := question{PaymentGateway: query["payment_gateway"], ListingAuthorID: query["listing_author_id"]}
	if text, ok := query["community_id"]; ok {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return q, web.Invalid("invalid_type", "community_id", "community_id must be a whole number")
		}
		q.CommunityID = &id
	}
	return q, nil
}

// ownCommunity answers for every community but the key's as for one that does not exist.
func ownCommunity(field string, id *int64, who deal.Caller) error {
	switch {
	case id == nil:
		return web.Missing(field)
	case *id != who.Community():
		return fault.New(fault.NotFound, "community_not_found", "unknown community, or the API key belongs to another community").With("field", field)
	}
	return nil
}
