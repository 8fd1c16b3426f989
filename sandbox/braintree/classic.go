package braintree

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// classicRoute is one row of the classic API, which Braintree's server SDKs call.
type classicRoute struct {
	name, method, path string
	handle             func(*call) (stage.Reply, error)
}

// classics are below /merchants/{merchant}.
func classics() []classicRoute {
	on := func(step string, do func(*call, *transaction) error) classicRoute {
		return classicRoute{step, http.MethodPut, "/transactions/{id}/" + step, func(c *call) (stage.Reply, error) { return c.step(do) }}
	}
	simulated := func(step, status string) classicRoute {
		return on(step, func(c *call, t *transaction) error { return c.simulate(t, status) })
	}
	return []classicRoute{
		{"client_token", http.MethodPost, "/client_token", (*call).classicToken},
		{"sale", http.MethodPost, "/transactions", (*call).classicSale},
		{"find", http.MethodGet, "/transactions/{id}", (*call).classicFind},
		{"advanced_search_ids", http.MethodPost, "/transactions/advanced_search_ids", (*call).classicIDs},
		{"advanced_search", http.MethodPost, "/transactions/advanced_search", (*call).classicSearch},
		{"refund", http.MethodPost, "/transactions/{id}/refund", (*call).classicRefund},
		{"submit_for_partial_settlement", http.MethodPost, "/transactions/{id}/submit_for_partial_settlement", (*call).classicPart},
		on("void", func(c *call, t *transaction) error { return c.void(t) }),
		on("submit_for_settlement", (*call).classicSubmit),
		on("hold_in_escrow", (*call).hold),
		on("release_from_escrow", (*call).release),
		on("cancel_release", (*call).cancelRelease),
		{"create_merchant_account", http.MethodPost, "/merchant_accounts/create_via_api", (*call).createSub},
		{"update_merchant_account", http.MethodPut, "/merchant_accounts/{id}/update_via_api", (*call).updateSub},
		{"find_merchant_account", http.MethodGet, "/merchant_accounts/{id}", (*call).findAccount},
		{"list_merchant_accounts", http.MethodGet, "/merchant_accounts", (*call).listAccounts},
		simulated("settle", isSettled),
		simulated("settlement_decline", isSettlementDeclined),
		simulated("settlement_pending", isSettlementPending),
		simulated("settlement_confirm", isSettlementConfirmed),
	}
}

const below = "/merchants/{merchant}"

func asXML(status int, n node) stage.Reply {
	return stage.Reply{Status: status, Header: map[string]string{"Content-Type": "application/xml; charset=utf-8"}, Body: n.document()}
}

// classic serves one route, with the fault that waits for it.
func (e *Emulator) classic(op classicRoute, w http.ResponseWriter, r *http.Request) {
	m, of, known := e.world(r)
	body, large := stage.Body(w, r)
	read, err := readFields(body)
	status := 0
	switch {
	case !known:
		status = http.StatusUnauthorized
	case m.ID != r.PathValue("merchant"):
		status = http.StatusForbidden
	case large != nil || err != nil:
		status = http.StatusBadRequest
	}
	if status != 0 {
		stage.Note(of.World, r, op.name, status, "")
		stage.Reply{Status: status}.Write(w)
		return
	}
	stage.Serve(of.World, w, r, op.name, func(t stage.Treatment) (reply stage.Reply, done func()) {
		of.locked(func(s *state) {
			c := &call{state: s, merchant: m, id: r.PathValue("id"), body: read}
			if t.Effect {
				var err error
				if reply, err = op.handle(c); err != nil {
					reply = c.refused(err)
				}
			}
			if t.Failing {
				reply = stage.Reply{Status: http.StatusInternalServerError}
			}
		})
		return reply, nil
	})
}

// refused is an answer that is no success. SDKs look at the status first, and read only those of 422.
func (c *call) refused(err error) stage.Reply {
	var r *refusal
	if !errors.As(err, &r) || r.status != http.StatusUnprocessableEntity {
		return stage.Reply{Status: stage.RefusalOf(err).Status}
	}
	wrong := parent("error", text("code", r.code), node{"attribute", "symbol", classicName(r.at), nil}, text("message", r.message))
	inside := []node{list("errors", []node{wrong})}
	for _, name := range slices.Backward(r.inside()) {
		inside = []node{list("errors", nil), parent(name, inside...)}
	}
	return asXML(r.status, parent("api-error-response",
		parent("errors", inside...), parent("params", text("merchant-id", c.merchant.ID)), text("message", r.message)))
}

// classicName is what the classic API calls a field.
func classicName(at string) string {
	switch at {
	case "", "transactionId":
		return "base"
	case "paymentMethodId":
		return "payment_method_nonce"
	}
	return underscored(at)
}

func (c *call) classicToken() (stage.Reply, error) {
	if _, ok := c.merchant.account(c.body.at("client_token", "merchant_account_id").text); !ok {
		return stage.Reply{}, refuse(accountInvalid, "merchantAccountId")
	}
	return asXML(http.StatusCreated, parent("client-token", text("value", c.clientToken(c.merchant)))), nil
}

func (c *call) classicSale() (stage.Reply, error) {
	in := c.body.at("transaction")
	if in.has("credit_card") {
		return stage.Reply{}, unsupported("A sale with a card's number")
	}
	if in.at("type").text != "sale" {
		return stage.Reply{}, unsupported("A transaction that is no sale")
	}
	options := in.at("options")
	t, err := c.sell(c.merchant, newSale{
		nonce: in.at("payment_method_nonce").text, nonceAt: "paymentMethodId", amount: in.at("amount").text, amountAt: "amount",
		account: in.at("merchant_account_id").text, order: in.at("order_id").text, submit: options.is("submit_for_settlement"), escrow: options.is("hold_in_escrow"),
		needsSecure: options.is("three_d_secure", "required"), fee: in.at("service_fee_amount").text,
	})
	if err != nil {
		return stage.Reply{}, err
	}
	if t.Status == isAuthorized || t.Status == isSubmitted {
		return asXML(http.StatusCreated, c.state.classic(t)), nil
	}
	last := t.History[0]
	message := last.Text
	if t.Status == isRejected {
		message = "Gateway Rejected: " + strings.ToLower(last.Rejection)
	}
	return asXML(http.StatusUnprocessableEntity, parent("api-error-response",
		parent("errors", list("errors", nil)), parent("params", text("merchant-id", c.merchant.ID)), text("message", message), c.state.classic(t))), nil
}

// named finds the transaction of the path.
func (c *call) named() (*transaction, error) {
	t, ok := c.Transactions.Get(c.id)
	if !ok {
		return nil, missing("id")
	}
	return t, nil
}

func (c *call) classicFind() (stage.Reply, error) {
	t, err := c.named()
	if err != nil {
		return stage.Reply{}, err
	}
	return asXML(http.StatusOK, c.state.classic(t)), nil
}

// step changes a transaction and answers it.
func (c *call) step(do func(*call, *transaction) error) (stage.Reply, error) {
	t, err := c.named()
	if err == nil {
		err = do(c, t)
	}
	if err != nil {
		return stage.Reply{}, err
	}
	return asXML(http.StatusOK, c.state.classic(t)), nil
}

func (c *call) classicSubmit(t *transaction) error {
	in := c.body.at("transaction")
	err := c.submit(t, in.at("amount").text, "amount")
	if order := in.at("order_id").text; err == nil && order != "" {
		t.Order = order
	}
	return err
}

func (c *call) classicPart() (stage.Reply, error) {
	t, err := c.named()
	if err != nil {
		return stage.Reply{}, err
	}
	in := c.body.at("transaction")
	part, err := c.submitPart(t, in.at("amount").text, "amount", in.is("final_capture"))
	if err != nil {
		return stage.Reply{}, err
	}
	return asXML(http.StatusCreated, c.state.classic(part)), nil
}

func (c *call) classicRefund() (stage.Reply, error) {
	t, err := c.named()
	if err != nil {
		return stage.Reply{}, err
	}
	in := c.body.at("transaction")
	r, err := c.giveBack(t, in.at("amount").text, "amount", in.at("order_id").text)
	if err != nil {
		return stage.Reply{}, err
	}
	return asXML(http.StatusCreated, c.state.classic(r)), nil
}

// criteria are what the classic search can look for here.
var criteria = []string{"order_id", "id", "ids", "status", "type", "created_at", "merchant_account_id"}

// found are the transactions that a search wants, newest first.
func (c *call) found() ([]*transaction, error) {
	in := c.body.at("search")
	for name := range in.kids {
		if !slices.Contains(criteria, name) {
			return nil, unsupported("A search by " + name)
		}
	}
	var all []*transaction
	for _, t := range slices.Backward(c.Transactions.All) {
		if classicMatches(t, in) {
			all = append(all, t)
		}
	}
	return all, nil
}

func classicMatches(t *transaction, in fields) bool {
	among := func(name, value string) bool { return !in.has(name) || slices.Contains(in.at(name).texts(), value) }
	for name, value := range map[string]string{"order_id": t.Order, "id": t.ID} {
		f := fields{kids: map[string]fields{}}
		for how, classic := range map[string]string{"is": "is", "isNot": "is_not", "startsWith": "starts_with", "endsWith": "ends_with", "contains": "contains"} {
			if in.at(name).has(classic) {
				f.kids[how] = in.at(name, classic)
			}
		}
		if !matchesText(value, f) {
			return false
		}
	}
	return among("ids", t.ID) && among("status", strings.ToLower(t.Status)) && among("type", typeOf(t)) &&
		among("merchant_account_id", t.Account) && between(t.Created, in.at("created_at", "min").text, in.at("created_at", "max").text)
}

func (c *call) classicIDs() (stage.Reply, error) {
	all, err := c.found()
	if err != nil {
		return stage.Reply{}, err
	}
	var ids []node
	for _, t := range all {
		ids = append(ids, text("item", t.ID))
	}
	return asXML(http.StatusOK, parent("search-results", node{"page-size", "integer", "50", nil}, list("ids", ids))), nil
}

func (c *call) classicSearch() (stage.Reply, error) {
	all, err := c.found()
	if err != nil {
		return stage.Reply{}, err
	}
	page := node{name: "credit-card-transactions", kind: "collection"}
	for _, t := range all[:min(len(all), pageSize)] {
		page.kids = append(page.kids, c.state.classic(t))
	}
	return asXML(http.StatusOK, page), nil
}
