package native

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// What the backend notes with deals, listings and sellers is its own: whoever acts as a user
// is neither shown it nor changes it, but for what they open or make themselves.

func (n face) labelRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPatch, Path: "/v1/transactions/{id}", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Change what is noted with a transaction", Body: web.JSON[newLabels](), Answer: web.JSON[transactionOut](),
			Serve: n.Kept(n.labelTransaction),
		},
		{
			Method: http.MethodPatch, Path: "/v1/sellers/{user_id}", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Change what is noted with a seller", Body: web.JSON[newLabels](), Answer: web.JSON[labelledSellerOut](),
			Serve: n.Kept(n.labelSeller),
		},
		{
			Method: http.MethodGet, Path: "/v1/sellers", Access: web.Reading,
			Summary: "List the sellers with whom something is noted", Query: []string{"limit", "cursor", "external_reference", metadataNames}, Answer: web.JSON[page[labelledSellerOut]](),
			Serve: n.Backend(n.labelledSellers),
		},
	}
}

func (n catalogue) labelRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPatch, Path: "/v1/listings/{id}", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Change what is noted with a listing", Body: web.JSON[newLabels](), Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.labelListing),
		},
	}
}

// labelsIn is what may be noted with an object as it is made.
type labelsIn struct {
	ExternalReference string            `json:"external_reference"`
	Metadata          map[string]string `json:"metadata"`
}

func (l labelsIn) labels() labels.Labels {
	if len(l.Metadata) == 0 {
		l.Metadata = nil
	}
	return labels.Labels{ExternalReference: l.ExternalReference, Metadata: l.Metadata}
}

// newLabels changes what is noted with an object: what it does not name stays.
type newLabels struct {
	ExternalReference textOrNull         `json:"external_reference"` // null, or an empty text, takes it away
	Metadata          map[string]*string `json:"metadata"`           // null takes a name away
}

func (l newLabels) change() labels.Change {
	return labels.Change{ExternalReference: l.ExternalReference.text, Metadata: l.Metadata}
}

// textOrNull tells a null from what is not there: for the first, text is empty.
type textOrNull struct{ text *string }

// UnmarshalJSON reads a text or null.
func (t *textOrNull) UnmarshalJSON(value []byte) error {
	t.text = new(string)
	switch jsontext.Value(value).Kind() {
	case 'n':
		return nil
	case '"':
		return json.Unmarshal(value, t.text)
	}
	return web.Invalid("invalid_type", "external_reference", "external_reference must be a text or null")
}

// Kinds are those of JSON that it is read from.
func (textOrNull) Kinds() (plain []string, object any) { return []string{"string", "null"}, nil }

// labelsOut is what is noted with an object; there is nothing of it for a user.
type labelsOut struct {
	ExternalReference string            `json:"external_reference,omitzero"`
	Metadata          map[string]string `json:"metadata,omitzero"`
}

func showLabels(l labels.Labels, a process.Actor) labelsOut {
	if !notes(a) {
		return labelsOut{}
	}
	if l.Metadata == nil {
		l.Metadata = map[string]string{}
	}
	return labelsOut{l.ExternalReference, l.Metadata}
}

// notes reports whether an actor is shown what is noted.
func notes(a process.Actor) bool { return a.Kind == process.Backend || a.Kind == process.Staff }

// asBackend refuses whoever does not act as the marketplace itself.
func asBackend(who deal.Caller) error {
	if who.Actor.Kind == process.Backend {
		return nil
	}
	return fault.New(fault.Forbidden, "not_backend", "what is noted with an object is the backend's own; leave Handsel-Actor and Handsel-Operator out")
}

// metadataNames is the name in a query for all of "metadata[shop]", "metadata[colour]" …
const metadataNames = "metadata" + web.AnyOf

// labelFilter reads which labels a list is to have.
func labelFilter(query map[string]string, who deal.Caller) (_ string, metadata map[string]string, _ error) {
	reference, asked := query["external_reference"]
	if asked && reference == "" { // a variable that is not set finds nothing rather than everything
		return "", nil, web.Invalid("invalid_external_reference", "external_reference", "external_reference is empty; leave it out to list all")
	}
	for name, value := range query {
		key, ok := strings.CutPrefix(name, "metadata[")
		if !ok {
			continue
		}
		key = strings.TrimSuffix(key, "]")
		if err := labels.CheckPair(key, value); err != nil {
			return "", nil, err
		}
		if metadata == nil {
			metadata = map[string]string{}
		}
		metadata[key] = value
	}
	if !notes(who.Actor) && (reference != "" || metadata != nil) {
		return "", nil, asBackend(who)
	}
	return reference, metadata, labels.Labels{ExternalReference: reference, Metadata: metadata}.Check()
}

// noting reads a change of labels.
func (n face) noting(c *gin.Context, who deal.Caller) (labels.Change, error) {
	if err := asBackend(who); err != nil {
		return labels.Change{}, err
	}
	var in newLabels
	_, err := n.ReadJSON(c, web.InFreeText, &in)
	return in.change(), err
}

func (n face) labelTransaction(c *gin.Context, who deal.Caller) error {
	change, err := n.noting(c, who)
	if err != nil {
		return err
	}
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Label(c.Request.Context(), who.Community(), id, change)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.show(tx, who.Actor))
}

func (n catalogue) labelListing(c *gin.Context, who deal.Caller) error {
	change, err := n.noting(c, who)
	if err != nil {
		return err
	}
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return err
	}
	l, err := n.listings.Label(c.Request.Context(), ref, change)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.showListing(l, who))
}

// labelledSellerOut is a seller as a list shows them: no gateway is asked.
type labelledSellerOut struct {
	UserID string `json:"user_id"`
	labelsOut
}

func (n face) labelSeller(c *gin.Context, who deal.Caller) error {
	change, err := n.noting(c, who)
	if err != nil {
		return err
	}
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	l, err := n.engine.LabelSeller(c.Request.Context(), who.Community(), user, change)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, labelledSellerOut{user, showLabels(l, who.Actor)})
}

func (n face) labelledSellers(c *gin.Context, who deal.Caller) error {
	if !notes(who.Actor) {
		return asBackend(who)
	}
	f := orchestrator.SellerLabelFilter{CommunityID: who.Community()}
	query, err := web.Parameters(c, "limit", "cursor", "external_reference", metadataNames)
	if err != nil {
		return err
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	if f.ExternalReference, f.Metadata, err = labelFilter(query, who); err != nil {
		return err
	}
	found, err := n.engine.LabelledSellers(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[labelledSellerOut]{Items: make([]labelledSellerOut, len(found))}
	for i, s := range found {
		p.Items[i] = labelledSellerOut{s.UserID, showLabels(s.Labels, who.Actor)}
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}
