package app_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// emulatorFault is that of every emulator.
type emulatorFault = paytrail.Fault

// till is an emulator as a deal needs it.
type till interface {
	http.Handler
	SetFaults(faults []emulatorFault) error
}

// dealing plays a deal over the customer's API.
type dealing struct {
	*testkit.Testbed
	t     *testing.T
	till  till
	id    string
	n     int                     // calls so far
	moved func() map[string]int64 // what happened to money at the gateway, by name
	again func() testkit.Response // repeats the call that opened a deal on a card, under its key
}

func (d *dealing) call(method, path, actor, body string, status int) testkit.Response {
	d.t.Helper()
	d.n++
	r := d.Call(method, path, body, "Handsel-Actor", actor, "Idempotency-Key", strconv.Itoa(d.n))
	if r.Status != status {
		d.t.Fatalf("%s %s: %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	return r
}

// field is a member of the transaction in an answer.
func (d *dealing) shown(r testkit.Response) (v struct {
	Transaction struct {
		ID           int64
		CurrentState string                  `json:"current_state"`
		Gateway      string                  `json:"payment_gateway"`
		Total        *struct{ Amount int64 } `json:"payment_total"`
	}
	Fields struct {
		RedirectURL string `json:"redirect_url"`
	} `json:"gateway_fields"`
}) {
	d.t.Helper()
	r.JSON(d.t, &v)
	return v
}

// state is how the deal is now.
func (d *dealing) is(want string) {
	d.t.Helper()
	d.MustSettle()
	if got := d.shown(d.call("GET", "/transactions/v1/"+d.id, "bea", "", 200)).Transaction.CurrentState; got != want {
		d.t.Fatalf("the deal is %s, want %s", got, want)
	}
}

// step takes a step and returns where the buyer pays, if anywhere.
func (d *dealing) step(name, actor, body string, status int) (page string) {
	d.t.Helper()
	r := d.call("POST", "/transactions/v1/"+d.id+"/"+name, actor, body, status)
	if status != 200 {
		return ""
	}
	return d.shown(r).Fields.RedirectURL
}

// pays plays the buyer on the page.
func (d *dealing) pays(page, card string) {
	d.t.Helper()
	r, err := http.Post(page, "application/json", strings.NewReader(`{"card":"`+card+`"}`))
	if err != nil {
		d.t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != 200 {
		d.t.Fatalf("the page answers %d", r.StatusCode)
	}
	d.MustSettle()
}

// fault lets the next call of a route at the gateway, or the next message, fail.
func (d *dealing) fault(route, kind string) {
	d.t.Helper()
	if err := d.till.SetFaults([]emulatorFault{{Route: route, Kind: kind}}); err != nil {
		d.t.Fatal(err)
	}
}

// page is where the buyer pays now.
func (d *dealing) page() string {
	d.t.Helper()
	return d.shown(d.call("GET", "/transactions/v1/"+d.id, "bea", "", 200)).Fields.RedirectURL
}

func jsonNumber(n int64) string { return strconv.FormatInt(n, 10) }

// staff takes a step as an operator, on the native API, which has the steps of staff.
func (d *dealing) staff(name, input string, status int) testkit.Response {
	d.t.Helper()
	d.n++
	r := d.Call("POST", "/v1/transactions/"+d.deal().ID+"/transitions", `{"transition":"`+name+`","input":{`+input+`"reason":"looked at it"}}`, "Handsel-Operator", "olga", "Idempotency-Key", strconv.Itoa(d.n))
	if r.Status != status {
		d.t.Fatalf("%s: %d %s, want %d", name, r.Status, r.Body, status)
	}
	d.MustSettle()
	return r
}

// nativeDeal is the deal as the native API shows it.
type nativeDeal struct {
	ID, State, Operation string
	Attention            string
	Funds                struct{ Held, Released int64 }
}

func (d *dealing) deal() nativeDeal {
	d.t.Helper()
	var list struct{ Items []nativeDeal }
	d.Call("GET", "/v1/transactions?limit=1", "").JSON(d.t, &list)
	if len(list.Items) != 1 {
		d.t.Fatalf("deals: %+v", list)
	}
	return list.Items[0]
}
