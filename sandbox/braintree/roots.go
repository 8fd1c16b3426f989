package braintree

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// root is one of the calls of the GraphQL API.
type root struct {
	name   string
	handle func(*call, fields) (stage.Value, error)
}

// roots are the mutations and queries that are played.
func roots() []root {
	return []root{
		{"createClientToken", (*call).createClientToken},
		{"authorizePaymentMethod", (*call).authorize},
		{"chargePaymentMethod", (*call).charge},
		{"captureTransaction", (*call).capture},
		{"partialCaptureTransaction", (*call).capturePart},
		{"reverseTransaction", (*call).reverse},
		{"refundTransaction", (*call).refund},
		{"reverseRefund", (*call).reverseRefund},
		{"sandboxSettleTransaction", (*call).settle},
		{"ping", func(*call, fields) (stage.Value, error) { return "pong", nil }},
		{"node", (*call).node},
		{"idFromLegacyId", (*call).fromLegacy},
		{"search", (*call).search},
	}
}

// payload is the answer to a mutation.
func payload(kind string, in fields, name string, value stage.Value) record {
	return record{kind, map[string]stage.Value{"clientMutationId": orNull(in.at("clientMutationId").text), name: value}}
}

// clientToken is what a browser starts with: base64 of JSON, as the official one.
func (s *state) clientToken(m Merchant) string {
	return base64.StdEncoding.EncodeToString(stage.JSON(stage.Members{
		"version": 2, "merchantId": m.ID, "environment": "sandbox", "authorizationFingerprint": s.Random(), "graphQL": stage.Members{"url": s.cfg.PublicURL + "/graphql", "date": "2018-05-08"},
	}))
}

func (c *call) createClientToken(args fields) (stage.Value, error) {
	in := args.at("input")
	if _, ok := c.merchant.account(in.at("clientToken", "merchantAccountId").text); !ok {
		return nil, refuse(accountInvalid, "merchantAccountId")
	}
	return payload("CreateClientTokenPayload", in, "clientToken", c.clientToken(c.merchant)), nil
}

func (c *call) authorize(args fields) (stage.Value, error) { return c.pay(args.at("input"), false) }

func (c *call) charge(args fields) (stage.Value, error) { return c.pay(args.at("input"), true) }

func (c *call) pay(in fields, submit bool) (stage.Value, error) {
	of := in.at("transaction")
	t, err := c.sell(c.merchant, newSale{
		nonce: in.at("paymentMethodId").text, nonceAt: "paymentMethodId", amount: of.at("amount").text, amountAt: "amount",
		account: of.at("merchantAccountId").text, order: of.at("orderId").text, submit: submit,
	})
	if err != nil {
		return nil, err
	}
	return payload("TransactionPayload", in, ofTransaction, c.shown(t)), nil
}

func (c *call) capture(args fields) (stage.Value, error) {
	in := args.at("input")
	t, err := c.paymentOf(in.at("transactionId").text, "transactionId")
	if err != nil {
		return nil, err
	}
	amount := in.at("transaction", "amount").text
	if amount == "" {
		amount = in.at("amount").text
	}
	if err := c.submit(t, amount, "amount"); err != nil {
		return nil, err
	}
	if order := in.at("transaction", "orderId").text; order != "" {
		t.Order = order
	}
	return payload("TransactionPayload", in, ofTransaction, c.shown(t)), nil
}

func (c *call) capturePart(args fields) (stage.Value, error) {
	in := args.at("input")
	t, err := c.paymentOf(in.at("transactionId").text, "transactionId")
	if err != nil {
		return nil, err
	}
	part, err := c.submitPart(t, in.at("transaction", "amount").text, "amount", in.is("transaction", "finalCapture"))
	if err != nil {
		return nil, err
	}
	return payload("PartialCaptureTransactionPayload", in, "capture", c.shown(part)), nil
}

func (c *call) reverse(args fields) (stage.Value, error) {
	in := args.at("input")
	t, err := c.paymentOf(in.at("transactionId").text, "transactionId")
	if err != nil {
		return nil, err
	}
	refund, err := c.state.reverse(t)
	if err != nil {
		return nil, err
	}
	if refund != nil {
		t = refund
	}
	return payload("ReverseTransactionPayload", in, "reversal", c.shown(t)), nil
}

func (c *call) refund(args fields) (stage.Value, error) {
	in := args.at("input")
	t, err := c.paymentOf(in.at("transactionId").text, "transactionId")
	if err != nil {
		return nil, err
	}
	r, err := c.giveBack(t, in.at("refund", "amount").text, "amount", in.at("refund", "orderId").text)
	if err != nil {
		return nil, err
	}
	return payload("RefundTransactionPayload", in, ofRefund, c.shown(r)), nil
}

func (c *call) reverseRefund(args fields) (stage.Value, error) {
	in := args.at("input")
	r, ok := c.Transactions.Get(legacyID(ofRefund, in.at("refundId").text))
	if !ok || r.Of == "" {
		return nil, missing("refundId")
	}
	if err := c.void(r); err != nil {
		return nil, err
	}
	return payload("RefundTransactionPayload", in, ofRefund, c.shown(r)), nil
}

func (c *call) settle(args fields) (stage.Value, error) {
	in := args.at("input")
	t, err := c.paymentOf(in.at("transactionId").text, "transactionId")
	if err == nil {
		err = c.simulate(t, stage.Or(in.at("settlementState").text == "", isSettled, in.at("settlementState").text))
	}
	if err != nil {
		return nil, err
	}
	return payload("TransactionPayload", in, ofTransaction, c.shown(t)), nil
}

func (c *call) node(args fields) (stage.Value, error) {
	id := args.at("id").text
	if t, ok := c.sale(legacyID(ofTransaction, id)); ok {
		return c.shown(t), nil
	}
	if r, ok := c.Transactions.Get(legacyID(ofRefund, id)); ok && r.Of != "" {
		return c.shown(r), nil
	}
	if d, ok := c.Disputes.Get(legacyID(ofDispute, id)); ok {
		return c.shownDispute(d), nil
	}
	return nil, missing("id")
}

// fromLegacy does not look whether there is such an object (official API).
func (c *call) fromLegacy(args fields) (stage.Value, error) {
	return globalID(strings.ToLower(args.at("type").text), args.at("legacyId").text), nil
}

// pageSize is how many objects a search answers at most (official API).
const pageSize = 50

func (c *call) search(fields) (stage.Value, error) {
	find := func(kind string, refunds bool) resolver {
		return func(args fields) (stage.Value, error) {
			var found []*transaction
			for _, t := range slices.Backward(c.Transactions.All) { // newest first
				if (t.Of != "") == refunds && matches(t, args.at("input")) {
					found = append(found, t)
				}
			}
			return c.page(kind, found, args.at("first").text, args.at("after").text)
		}
	}
	return record{"Search", map[string]stage.Value{"transactions": find("Transaction", false), "refunds": find("Refund", true)}}, nil
}
