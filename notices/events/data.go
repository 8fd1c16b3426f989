package events

import (
	"encoding/json"
	"strings"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Field is a member of an event's data.
type Field struct {
	Name  string
	Type  FieldType
	Means string
}

// FieldType is what a member holds.
type FieldType string

// The types of members. Money is {"amount", "currency"} in minor units; Values are texts by
// name; a time is RFC 3339 in UTC.
const (
	Text    FieldType = "string"
	Integer FieldType = "integer"
	Time    FieldType = "time"
	Money   FieldType = "money"
	Values  FieldType = "values"
)

// schema is the JSON schema of a member.
func (t FieldType) schema() map[string]any {
	switch t {
	case Integer:
		return map[string]any{"type": "integer", "format": "int64"}
	case Time:
		return map[string]any{"type": "string", "format": "date-time"}
	case Money:
		return map[string]any{"type": "object", "required": []string{"amount", "currency"}, "properties": map[string]any{
			"amount": map[string]any{"type": "integer", "format": "int64"}, "currency": map[string]any{"type": "string"},
		}}
	case Values:
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	}
	return map[string]any{"type": "string"}
}

func (t FieldType) example(name string) any {
	switch t {
	case Integer:
		return 73
	case Time:
		return "2030-01-02T03:04:05Z"
	case Money:
		return map[string]any{"amount": 4250, "currency": "EUR"}
	case Values:
		return map[string]any{"order": "A-17"}
	}
	return examples[name]
}

// examples are what texts could be.
var examples = map[string]string{
	"process": preauthorize.Name + "@1", "gateway": "stripe", "from": string(preauthorize.Preauthorized), "to": string(settlement.Paid), "transition": string(preauthorize.CompletePreauthorization), "actor": "user:bea",
	"buyer_id": "bea", "seller_id": "sam", "state": string(settlement.Paid), "timer": "hold_warning", "for": "operators", "urgency": "high",
	"waiting_days": "3", "reason": "the gateway holds 400 and the books say 500", "sender_id": "bea", "kind": "text", "user": "sam",
	"reviewer_id": "bea", "subject_id": "sam", "author_id": "sam", "title": "City bike", "owner_id": "sam", "side": "sell", "asset": "USDT", "fiat": "EUR",
	"status": string(orchestrator.BankPayoutPaid), "failure": "account_closed",
	"before": string(orchestrator.SellerPending), "class": string(orchestrator.AmountDiffers), "what": "price", "payment_id": "pi_1", "account": "frozen:bea",
	"url": "https://shop.example.com/webhooks",
}

// ofDeal are the members that every event of a deal has.
func ofDeal(more ...Field) []Field {
	return append(more,
		Field{"process", Text, "the process of the deal with its version"},
		Field{"gateway", Text, "where its money is"},
		Field{"buyer_id", Text, "who pays; empty while nobody has joined"},
		Field{"seller_id", Text, "who is paid; empty while nobody has joined"},
		Field{"listing_number", Integer, "the number of its listing, if it has one"},
		Field{"price", Money, "what was agreed, in minor units"},
		Field{"metadata", Values, "what the marketplace notes with the deal"},
	)
}

// Fields are the members of the data of events of a source. Later versions add members; none
// goes or changes its meaning.
func (s Source) Fields() []Field {
	switch s {
	case Stepped, Any:
		return ofDeal(
			Field{"from", Text, "the state before; empty for the first step"},
			Field{"to", Text, "the state after it, which may be the same"},
			Field{"transition", Text, "the step that was taken"},
			Field{"actor", Text, "who took it, such as user:bea, operator:olga, gateway:stripe or timer"},
		)
	case Noticed:
		return ofDeal(
			Field{"state", Text, "the state in which the deal waits"},
			Field{"timer", Text, "the timer, for a reminder"},
			Field{"for", Text, "operators, if it is for them only"},
			Field{"urgency", Text, "normal, high, urgent or overdue, for operators"},
			Field{"waiting_days", Text, "whole days for which the deal has waited, for operators"},
			Field{"reason", Text, "why the deal is on hold, for an alarm"},
		)
	case Said:
		return ofDeal(
			Field{"message_id", Integer, "the message; its text is read with GET /v1/transactions/{id}/messages"},
			Field{"sender_id", Text, "who wrote it"},
			Field{"kind", Text, "text, or operator for one of staff"},
		)
	}
	return ofOthers[s]
}

// ofOthers are those of events of other sources than deals.
var ofOthers = map[Source][]Field{
	Reviewed: {{"reviewer_id", Text, "who has written it"}, {"subject_id", Text, "whom it is about"}, {"rating", Integer, "1 to 5 stars"}},
	Listed: {
		{"author_id", Text, "whose it is"}, {"title", Text, "what it is called"}, {"state", Text, "enabled or disabled"},
		{"revision", Integer, "1, and one more with each change"}, {"metadata", Values, "what the marketplace notes with it"},
	},
	Advertised: {
		{"owner_id", Text, "whose it is"}, {"side", Text, "buy or sell"}, {"status", Text, "active, paused, closed or expired"},
		{"asset", Text, "what is traded"}, {"fiat", Text, "what for"},
	},
	Linked:   {{"gateway", Text, "where the account is"}},
	Labelled: {{"metadata", Values, "what is noted now; the reference stands with the object"}},
	Differed: {
		{"gateway", Text, "which gateway the books were compared with"},
		{"class", Text, "missing_here, missing_there, amount_differs or state_differs"},
		{"what", Text, "which amount, or what happened there, if the class does not say all"},
		{"payment_id", Text, "the gateway's id of the payment; empty: it is about none"},
		{"account", Text, "the account of our own ledger that it is about; empty: it is about none"},
		{"here", Money, "what the books say"}, {"there", Money, "what the gateway says"},
		{"since", Time, "which comparison has found it"},
	},
	Stood: {
		{"gateway", Text, "where the account is"}, {"status", Text, "active, restricted or rejected; pending or missing where they are no longer paid"},
		{"before", Text, "how they stood there when they were looked at last; empty: it is not known"},
	},
	Reminded: {{"user", Text, "who is reminded"}, {"round", Integer, "how often before, counted from 1"}},
	Watched: {
		{"url", Text, "where it leads to, without what is behind the path, which may be a secret"}, {"failing_since", Time, "when it failed first since the last delivery"}, {"waiting", Integer, "the events that were tried and wait"},
		{"reason", Text, "why it was disabled: gone or failing"},
	},
	Banked: {
		{"gateway", Text, "who has sent it"}, {"user", Text, "the seller"}, {"amount", Money, "what was sent"},
		{"status", Text, "paid or failed"}, {"failure", Text, "the gateway's code of the failure, if it tells one"},
	},
	Counted: {{"kind", Text, "the kind of task that has waited for longest"}, {"count", Integer, "how many tasks wait"}, {"oldest", Time, "since when the first of them waits"}},
}

// Schema is the JSON schema of the data, open to members that later versions add.
func (k Kind) Schema() map[string]any {
	members := map[string]any{}
	for _, f := range k.Source.Fields() {
		one := f.Type.schema()
		one["description"] = f.Means
		members[f.Name] = one
	}
	return map[string]any{"type": "object", "properties": members}
}

// Example is an event's data, as JSON.
func (k Kind) Example() string {
	data := map[string]any{}
	for _, f := range k.Source.Fields() {
		data[f.Name] = f.Type.example(f.Name)
	}
	_, last, _ := strings.Cut(string(k.Name), ".")
	switch {
	case k.Source == Stepped && len(k.Transitions) > 0:
		data["transition"], data["process"] = string(k.Transitions[0]), k.Process+"@1"
	case k.Source == Stepped:
		data["to"] = last
	case k.Source == Noticed:
		data["timer"] = last
	case k.Source == Stood:
		data["status"] = strings.Replace(last, "activated", string(orchestrator.SellerActive), 1)
	}
	return mustJSON(data)
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // examples can be written
	}
	return string(text)
}

// MoneyOf is an amount as data have it.
func MoneyOf(a money.Amount) map[string]any {
	return map[string]any{"amount": a.Minor(), "currency": a.Currency()}
}
