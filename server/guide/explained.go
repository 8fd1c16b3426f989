package guide

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// explained is what the page of a code says of one class of faults that has it.
type explained struct {
	Meaning fault.Meaning
	Status  int    // 0: it refuses nothing
	Name    string // of the status
	Money   string
	Repeat  string
	Example string // the body of the answer
	// How the faces of the exchange write the code, and with which status.
	Capital       string
	CapitalStatus int
}

// found is what there is to say of a code in the spelling of any face.
func found(code string) []explained {
	meanings := fault.MeaningsOf(strings.ToLower(code))
	if len(meanings) == 0 {
		meanings = spelled(code)
	}
	var all []explained
	for _, m := range meanings {
		all = append(all, explain(m))
	}
	return all
}

// spelled are the reasons that the exchange writes as a code that is no reason itself.
func spelled(code string) []fault.Meaning {
	var all []fault.Meaning
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			if m.Code != "" && trade.CodeOf(example(m)) == code {
				all = append(all, m)
			}
		}
	}
	return all
}

func example(m fault.Meaning) *fault.Error {
	return &fault.Error{Code: m.Code, Reason: m.Reason, Message: plain(m.Means), Moved: moved(m)}
}

func explain(m fault.Meaning) explained {
	e := explained{Meaning: m, Money: money(m), Repeat: repeats[m.Repeat]}
	if m.Code == "" {
		return e
	}
	f := example(m)
	status, body := web.RenderProblem(f, "req_4h7c2k9m")
	text := jsontext.Value(body)
	if err := text.Indent(jsontext.WithIndent("  ")); err == nil {
		e.Example = string(text)
	}
	e.Status, e.Name = status, http.StatusText(status)
	e.Capital, e.CapitalStatus = trade.CodeOf(f), trade.ExchangeStatus(f)
	return e
}

// repeats say what sending the same request again does.
var repeats = map[fault.Repeat]string{
	fault.Never: "It does not help until that has changed.",
	fault.Later: "It may be taken: send it after a moment, under the same `Idempotency-Key`.",
	fault.Anew:  "Read what it is about first, and decide again.",
	fault.Looks: "There is no need: the server continues automatically. Read the state later.",
}

const (
	still   = "Where it was before the request: nothing was moved, and `money_moved` is `no`."
	perhaps = "Believe `money_moved`. Where it is `no`, the money is where it was. Where it is `unknown`, the request may have taken effect: " +
		"repeat it under the same `Idempotency-Key`, or read what it is about, before you ask for anything else."
	unclear = "Not known yet, and `money_moved` is `unknown`. The books take it neither for moved nor for refused until the gateway has told; the deal shows when it has."
)

// moneyOf is where the money is after a refusal of a class.
var moneyOf = map[fault.Code]string{
	fault.Declined:    "Where it was before the request: the gateway took nothing for it.",
	fault.KeyReused:   "Where the first request with this key left it. This one moved nothing.",
	fault.Unknown:     unclear,
	fault.Unavailable: perhaps,
	fault.Internal:    perhaps,
	"":                "Where the deal shows it: this stands with an operation, and refuses no request.",
}

// moneyAfter is where the money is where the class does not tell.
var moneyAfter = map[fault.Reason]string{
	"request_in_progress":     "Not known yet: the first request with this key is still being worked on, and may move it. This one moved nothing.",
	"operation_in_progress":   "The gateway is being asked to move it. This request moved nothing.",
	"refund_failed":           "Still held: it did not go back to the payer.",
	"refund_canceled":         "Still held: it did not go back to the payer.",
	"payout_failed":           "Held for the seller: it did not reach them, or came back.",
	"payee_account_missing":   "Held for the seller.",
	"void_became_refund":      "On its way back to the payer, all of it.",
	"payment_disputed":        "With the payer's bank, which took it back.",
	"books_differ":            "Where the gateway shows it, which is not what the books say. Nothing was sent, and nothing will be until an operator has looked.",
	"hold_expired":            "With the payer: the reservation has ended and nothing was taken.",
	"payment_not_shown":       "With the payer: nothing was taken, and what may be reserved is let go.",
	"authentication_required": "With the payer: nothing is taken until their bank has agreed.",
}

func money(m fault.Meaning) string {
	return cmp.Or(moneyAfter[m.Reason], moneyOf[m.Code], still)
}

// moved is what an example answer says of the money.
func moved(m fault.Meaning) fault.Money {
	if m.Code == fault.Unknown || m.Reason == "request_in_progress" {
		return fault.MoneyUnknown
	}
	return fault.MoneyNo
}

// run is a piece of a text: words, or what is written as in a program.
type run struct {
	Text string
	Code bool
}

// runs reads a text of the list of reasons, which is written for docs/reasons.md: `code`, and [links](to.md) of that
// folder, which this server does not have and names.
func runs(text string) []run {
	var all []run
	for i, part := range strings.Split(unlinked(text), "`") {
		if part != "" {
			all = append(all, run{part, i%2 == 1})
		}
	}
	return all
}

// unlinked writes [gateways.md](processes/gateways.md) as `docs/processes/gateways.md`.
func unlinked(text string) string {
	for {
		before, rest, link := strings.Cut(text, "[")
		_, rest, closed := strings.Cut(rest, "](")
		to, after, ended := strings.Cut(rest, ")")
		if !link || !closed || !ended {
			return text
		}
		to, _, _ = strings.Cut(to, "#")
		text = before + "`docs/" + to + "`" + after
	}
}

// plain is a text without its marks.
func plain(text string) string { return strings.ReplaceAll(unlinked(text), "`", "") }
