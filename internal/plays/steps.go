package plays

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// The people of the plays.
const buyer, seller, operator = "bea", "sam", "olga"

// goods are what is sold, for so many cents.
type goods struct {
	title string
	cents int
}

// bike is what deals are about.
var bike = goods{"Old city bike", 5000}

// terms are the members of a new deal between the two.
func (g goods) terms(name, gateway, more string) string {
	return fmt.Sprintf(`{"process":%q,"gateway":%q,"starter_id":%q,"author_id":%q,"listing":{"title":%q},"unit_price":{"amount":%d,"currency":"EUR"}%s}`, name, gateway, buyer, seller, g.title, g.cents, more)
}

// opens makes the deal of a play.
func opens(what, body string) step {
	return step{what: what, do: func(p *play) error { return p.post(buyer, "/v1/transactions", body, &p.deal) }}
}

// ofDeal is a call of the deal's.
func ofDeal(what, actor, path, body string) step {
	return step{what: what, do: func(p *play) error { return p.post(actor, "/v1/transactions/"+p.deal.ID+path, body, nil) }}
}

// takes is a step of the process that a user takes.
func takes(what, actor string, t process.Transition, input string) step {
	return ofDeal(what, actor, "/transitions", taking(t, input))
}

func taking(t process.Transition, input string) string {
	if input == "" {
		input = "{}"
	}
	return fmt.Sprintf(`{"transition":%q,"input":%s}`, t, input)
}

// goes is a step that sends the buyer to a page.
func goes(what, actor string, t process.Transition, input string) step {
	return step{what: what, do: func(p *play) error {
		return p.post(actor, "/v1/transactions/"+p.deal.ID+"/transitions", taking(t, input), &p.deal)
	}}
}

// decides is a step that staff takes.
func decides(what string, t process.Transition, input string) step {
	return step{what: what, do: func(p *play) error {
		return p.send(Call{Method: http.MethodPost, URL: p.URL + "/v1/transactions/" + p.deal.ID + "/transitions", Token: p.Key, Staff: operator, Body: taking(t, input)}, nil)
	}}
}

// refused is a step that has to be refused with a code.
func refused(code string, s step) step {
	return step{what: s.what + ": refused with " + code, do: func(p *play) error {
		err := s.do(p)
		if err == nil {
			return errors.New("it was taken")
		}
		if !refusedWith(err, code) {
			return err
		}
		return nil
	}}
}

// pays plays the buyer's browser on the page to pay on.
func pays(what, card string) step {
	return step{what: what, do: func(p *play) error {
		return p.send(Call{Method: http.MethodPost, URL: p.deal.RedirectURL, Body: `{"card":"` + card + `"}`}, nil)
	}}
}

// until waits for the state that follows.
func until(s process.State) step {
	return step{what: "the deal is " + strings.ReplaceAll(string(s), "_", " "), do: func(p *play) error {
		return p.await(string(s), func() bool { return p.deal.State == s })
	}}
}

// held waits until the deal is on hold.
var held = step{what: "the books and the gateway differ: the deal is on hold until somebody has looked", do: func(p *play) error {
	return p.await("the hold", func() bool { return p.deal.Attention != "" })
}}

// later moves the clock of everything. Anything else that falls due meanwhile happens, too.
func later(what string, by time.Duration) step {
	return step{what: what, moves: true, do: func(p *play) error {
		return p.steer("trustap", http.MethodPost, "/clock/advance", fmt.Sprintf(`{"seconds":%d}`, int64(by/time.Second)))
	}}
}

// fault lets the next calls of an operation at a gateway fail.
func fault(what, gateway, operation, kind string, times int) step {
	return step{what: what, do: func(p *play) error {
		return p.steer(gateway, http.MethodPut, "/faults", fmt.Sprintf(`[{"operation":%q,"kind":%q,"times":%d}]`, operation, kind, times))
	}}
}

// heal lets no call of a gateway fail any longer.
func heal(gateway string) step {
	return step{what: "nothing at " + gateway + " fails any longer", do: func(p *play) error { return p.steer(gateway, http.MethodPut, "/faults", "[]") }}
}

// outside is what a bank, a carrier or a gateway does: {payment} in the path is the deal's.
func outside(what, gateway, path, body string) step {
	return step{what: what, do: func(p *play) error {
		return p.steer(gateway, http.MethodPost, strings.ReplaceAll(path, "{payment}", number(p.deal.Payment)), body)
	}}
}

// disputes opens an objection at the buyer's bank, which decides later.
func disputes(gateway string) step {
	return step{what: "Bea's bank takes the money back: a chargeback", do: func(p *play) error {
		var made struct {
			ID      string `json:"id"`
			Dispute string `json:"dispute_id"`
		}
		err := p.send(Call{Method: http.MethodPost, URL: p.Emulators[gateway] + "/_sandbox/payments/" + p.deal.Payment + "/dispute", Body: "{}"}, &made)
		p.dispute = cmp.Or(made.Dispute, made.ID)
		return err
	}}
}

// closes lets the bank decide the objection.
func closes(what, gateway, outcome string) step {
	return step{what: what, do: func(p *play) error {
		return p.steer(gateway, http.MethodPost, "/disputes/"+p.dispute+"/close", fmt.Sprintf(`{"outcome":%q}`, outcome))
	}}
}

// during takes a step, and another one while the gateway works on the first.
func during(slow, meanwhile step) step {
	return step{what: slow.what + "; " + meanwhile.what, do: func(p *play) error {
		first := *p
		first.Run = p.Run + "-first"
		done := make(chan error, 1)
		go func() { done <- slow.do(&first) }()
		err := p.await("the call at the gateway", func() bool { return p.deal.Operation != nil })
		if err == nil {
			err = meanwhile.do(p)
		}
		return errors.Join(err, <-done)
	}}
}

// maybe is a step whose answer may be that nothing is known yet.
func maybe(s step) step {
	return step{what: s.what + "; the outcome may not be known yet", do: func(p *play) error {
		if err := s.do(p); err != nil && !refusedWith(err, "") {
			return err
		}
		return nil
	}}
}

// again takes a step of the seller's that has not been taken.
func again(t process.Transition) func(*play) error {
	return func(p *play) error {
		err := p.post(seller, "/v1/transactions/"+p.deal.ID+"/transitions", taking(t, ""), nil)
		if refusedWith(err, "") {
			return nil
		}
		return err
	}
}

// doubleTap opens one deal twice.
func doubleTap(p *play) error {
	body := bike.terms(preauthorize.Name, "stripe", `,"input":{"payment_method":"pm_card_visa"}`)
	call := Call{Method: http.MethodPost, URL: p.URL + "/v1/transactions", Token: p.Key, Actor: buyer, Key: "twice-" + p.Run, Body: body}
	if err := p.send(call, &p.deal); err != nil {
		return err
	}
	first := p.deal.ID
	if err := p.send(call, &p.deal); err != nil {
		return err
	}
	if p.deal.ID != first {
		return fmt.Errorf("there are two deals: %s and %s", first, p.deal.ID)
	}
	return nil
}
