package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
)

// anySize are numbers that mean no amount and may be as large as they like.
var anySize = []string{"stock", "transaction.listing_id"}

// enlarge makes bodies of a body, with one of its numbers each out of all range.
func enlarge(whole map[string]any) (all []planted) {
	var visit func(node map[string]any, at string)
	visit = func(node map[string]any, at string) {
		for _, name := range slices.Sorted(maps.Keys(node)) {
			switch was := node[name].(type) {
			case json.Number:
				if slices.Contains(anySize, at+name) {
					continue
				}
				for _, large := range []int64{math.MaxInt64, math.MaxInt64/2 + 1} {
					node[name] = large
					body, _ := json.Marshal(whole) // of what was unmarshalled
					all = append(all, planted{at + name, string(body)})
				}
				node[name] = was
			case map[string]any:
				visit(was, at+name+".")
			}
		}
	}
	visit(whole, "")
	return all
}

// Every number of every route that writes is refused when it is out of range: at once,
// as what was asked wrongly, and not by a gateway or by sums that overflow.
func TestP2_numbersOutOfRange(t *testing.T) {
	t.Parallel()
	p := &planter{Testbed: testkit.New(t, testkit.Options{BraintreeEscrow: true}), t: t, played: map[string]bool{}, secrets: map[string][]string{}}
	tried := 0
	p.spoil = func(method, target, body string, header []string) {
		var whole map[string]any
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		if d.Decode(&whole) != nil {
			return
		}
		for _, large := range enlarge(whole) {
			p.keys++
			tried++
			r := p.Call(method, target, large.body, append([]string{"Idempotency-Key", fmt.Sprint(keyText, p.keys)}, header...)...)
			if r.Status < 400 || r.Status >= 500 || r.Status == http.StatusTooManyRequests {
				t.Errorf("%s %s with a large %s: %d %s", method, target, large.where, r.Status, r.Body)
			}
		}
	}
	p.native()
	p.listings()
	p.sharetribe()
	p.exchange()
	p.buyFlow()
	if tried < 40 {
		t.Errorf("%d numbers only were tried", tried)
	}
}

// An amount that a step names is refused when it is out of range, before anything is
// sent; the deal stays as it was.
func TestP2_stepsOutOfRange(t *testing.T) {
	t.Parallel()
	asked := &counted{}
	w := &trial{testkit.New(t, testkit.Options{Transport: asked}), t, "", asked, 0}
	accepted := w.BringF2FTo(escrowf2f.DepositAccepted)
	open := func(body string) string {
		w.t.Helper()
		w.keys++
		r := w.Call("POST", "/v1/transactions", body, "Idempotency-Key", fmt.Sprint("open", w.keys))
		if r.Status != http.StatusCreated {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		return id(t, r, "id")
	}
	postpay := open(`{"process":"postpay","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)
	for name, tc := range map[string]struct{ deal, seller, transition, input string }{
		"price of a meeting": {fmt.Sprint(accepted.ID), accepted.Seller, "set_price", "price"},
		"invoice":            {postpay, "sam", "invoice", "total_sum"},
	} {
		for _, n := range []string{strconv.FormatInt(math.MaxInt64, 10), strconv.Itoa(1_000_000_000_001), "99999999999999999999"} {
			for _, value := range []string{`"` + n + `"`, n, `{"amount":` + n + `,"currency":"EUR"}`} {
				before := asked.changes.Load()
				w.keys++
				r := w.Call("POST", "/v1/transactions/"+tc.deal+"/transitions", `{"transition":"`+tc.transition+`","input":{"`+tc.input+`":`+value+`}}`,
					"Idempotency-Key", fmt.Sprint("step", w.keys), "Handsel-Actor", tc.seller)
				if r.Status != http.StatusBadRequest || !bytes.Contains(r.Body, []byte("amount_out_of_range")) && !bytes.Contains(r.Body, []byte("invalid_type")) || asked.changes.Load() != before {
					t.Errorf("%s of %s: %d %s, %d calls", name, value, r.Status, r.Body, asked.changes.Load()-before)
				}
			}
		}
	}
}
