package archtest_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A transition, state or fact of a process, its name and the reasons of its guards are
// constants of its place. Nobody else writes them: a raw text is not found when the
// constant changes, and says nothing of whose it is.

const (
	places  = "orchestrator/process"
	catalog = "orchestrator/catalog"
)

// elsewhere are folders in which the same texts are words of somebody else.
var elsewhere = map[string]string{
	"client":  "the words of Trustap's API, which is not ours",
	"fault":   "the list of all reasons, with what they mean",
	"sdk":     "the words of clients, which are generated from the tables",
	"sandbox": "the words of the gateways' APIs, which the emulators speak",
}

// TestPlaces_noRawNames looks for texts that are a name of a process.
func TestPlaces_noRawNames(t *testing.T) {
	t.Parallel()
	files, used := productionFiles(t), map[string]bool{}
	names := namesOfProcesses(files)
	if len(names) < 100 {
		t.Fatalf("found only %d names", len(names))
	}
	for _, s := range files {
		for _, found := range s.rawNames(names, used) {
			t.Error(found)
		}
	}
	for key, why := range sameWords {
		if !used[key] {
			t.Errorf("the exception %q (%s) is not needed any more", key, why)
		}
	}
}

// Each planted text must be found, and nothing in good code.
func TestPlaces_planted(t *testing.T) {
	t.Parallel()
	place := "import \"p/process\"\nconst (\n\tConfirmPaid process.Transition = \"confirm_paid\"\n\tPaid process.State = \"paid_by_buyer\"\n\tFactPaid process.Fact = \"paid_by_buyer\"\n\tName = \"p2p_order\"\n\tother = \"anything\"\n)\n" +
		"var g = process.Guard{Reason: \"order_expired\"}\n"
	declared, err := parse(places+"/p2porder/a.go", []byte("package p2porder\n"+place))
	if err != nil {
		t.Fatal(err)
	}
	names := namesOfProcesses([]source{declared})
	if want := []string{"confirm_paid", "order_expired", "p2p_order", "paid_by_buyer"}; !slices.Equal(slices.Sorted(maps.Keys(names)), want) {
		t.Errorf("names are %v, want %v", slices.Sorted(maps.Keys(names)), want)
	}
	for name, tt := range map[string]struct{ path, text, want string }{
		"transition":       {"exchange/a.go", "var a = \"confirm_paid\"", "exchange/a.go:2: \"confirm_paid\" is a name of a process: use the constant of its place"},
		"in a switch":      {"server/native/a.go", "func f(s string) { switch s { case \"paid_by_buyer\": } }", "server/native/a.go:2: \"paid_by_buyer\" is a name of a process: use the constant of its place"},
		"reason":           {"server/trade/a.go", "func f(s string) bool { return s == \"order_expired\" }", "server/trade/a.go:2: \"order_expired\" is a name of a process: use the constant of its place"},
		"in raw quotes":    {"exchange/a.go", "var a = `p2p_order`", "exchange/a.go:2: \"p2p_order\" is a name of a process: use the constant of its place"},
		"another word":     {"exchange/a.go", "var a = \"confirm\"", ""},
		"at its place":     {places + "/p2porder/b.go", "var a = \"confirm_paid\"", ""},
		"words of Trustap": {"client/a.go", "var a = \"paid_by_buyer\"", ""},
		"a helper":         {"internal/testkit/a.go", "var a = \"confirm_paid\"", ""},
		"a member's tag":   {"exchange/a.go", "type a struct { B int `json:\"confirm_paid\"` }", ""},
	} {
		s, err := parse(tt.path, []byte("package x\n"+tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.rawNames(names, map[string]bool{}), "\n"); got != tt.want {
			t.Errorf("%s: found %s", name, cmp.Diff(tt.want, got))
		}
	}
}

// namesOfProcesses are the texts of the constants that processes declare.
func namesOfProcesses(files []source) map[string]bool {
	names := map[string]bool{}
	for _, s := range files {
		if !strings.HasPrefix(s.path, places+"/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				name := n.Names[0].Name
				if typed(n.Type, "State", "Transition", "Fact") || n.Type == nil && (strings.HasSuffix(name, "Name") || path.Dir(s.path) != places && strings.HasPrefix(name, "Reason")) {
					addTexts(names, n.Values...)
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
					addTexts(names, n.Value)
				}
			}
			return true
		})
	}
	return names
}

func typed(e ast.Expr, names ...string) bool {
	if s, ok := e.(*ast.SelectorExpr); ok {
		e = s.Sel
	}
	id, ok := e.(*ast.Ident)
	return ok && slices.Contains(names, id.Name)
}

func addTexts(to map[string]bool, from ...ast.Expr) {
	for _, e := range from {
		if text, ok := textOf(e); ok && text != "" {
			to[text] = true
		}
	}
}

func textOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// rawNames lists the texts of a file that are a name of a process.
func (s source) rawNames(names map[string]bool, used map[string]bool) []string {
	folder := path.Dir(s.path)
	first, _, _ := strings.Cut(folder, "/")
	if r, ok := ruleFor(rules, folder); elsewhere[first] != "" || strings.HasPrefix(folder, places) || ok && r.helper {
		return nil
	}
	var found []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			ast.Inspect(n.Type, func(ast.Node) bool { return true })
			return n.Tag == nil
		case *ast.BasicLit:
			text, ok := textOf(n)
			key := s.path + " " + text
			if _, same := sameWords[key]; same {
				used[key] = true
			} else if ok && names[text] {
				found = append(found, fmt.Sprintf("%s:%d: %q is a name of a process: use the constant of its place", s.path, s.line(n.Pos()), text))
			}
		}
		return true
	})
	return found
}

// sameWords are texts that happen to be a name of a process, too, by file: words of a
// document of the customer, of another thing, or of what people read.
var sameWords = map[string]string{
	"webhooks/outbound/delivery.go delivered":                "statuses of a webhook, which is no deal",
	"webhooks/outbound/delivery.go pending":                  "statuses of a webhook, which is no deal",
	"cmd/handsel/demo.go invoice":                            "the name of a demo",
	"cmd/handsel/demo_p2p.go pending":                        "statuses of the customer's document",
	"cmd/handsel/demo_p2p.go paid_by_buyer":                  "statuses of the customer's document",
	"cmd/handsel/demo_p2p.go completed":                      "statuses of the customer's document",
	"cmd/handsel/demo_p2p.go disputed":                       "statuses of the customer's document",
	"cmd/handsel/demo_p2p.go cancelled":                      "statuses of the customer's document",
	"cmd/handsel/demo_p2p.go expired":                        "statuses of the customer's document",
	"cmd/handsel/demo_p2p_show.go pending":                   "statuses of the customer's document",
	"cmd/handsel/demo_p2p_show.go cancelled":                 "statuses of the customer's document",
	"internal/plays/triggers.go cancel":                      "a path of the exchange",
	"internal/plays/scenarios.go delay":                      "a fault of an emulator",
	"internal/plays/scenarios.go pending":                    "how a bank pays at an emulator",
	"server/web/operation.go create":                         "what a request does, which is no deal",
	"orchestrator/bankpayout.go paid":                        "statuses of a payout to a bank, which is no deal",
	"orchestrator/bankpayout.go canceled":                    "statuses of a payout to a bank, which is no deal",
	"exchange/exchange.go pending":                           "statuses of the customer's document",
	"exchange/exchange.go paid_by_buyer":                     "statuses of the customer's document",
	"exchange/exchange.go completed":                         "statuses of the customer's document",
	"exchange/exchange.go cancelled":                         "statuses of the customer's document",
	"exchange/exchange.go disputed":                          "statuses of the customer's document",
	"exchange/exchange.go release":                           "decisions of the customer's document",
	"exchange/exchange.go refund":                            "decisions of the customer's document",
	"exchange/exchange.go split":                             "decisions of the customer's document",
	"exchange/exchange.go close":                             "decisions of the customer's document",
	"exchange/store.go cancelled":                            "what a taker did wrong",
	"exchange/store.go expired":                              "what a taker did wrong",
	"exchange/tell.go funds_released":                        "names of notices",
	"exchange/tell.go order_expired":                         "names of notices",
	"exchange/tell.go case_closed":                           "names of notices",
	"exchange/view.go expired":                               "why an order was cancelled, in the customer's document",
	"internal/bench/hang.go request":                         "a request to the server",
	"internal/bench/scripts.go none":                         "the gateway",
	"internal/bench/scripts_exchange.go completed":           "a status of the customer's document",
	"internal/mail/smtp.go none":                             "no encryption",
	"internal/sqlstore/ads.go free":                          "a column",
	"internal/sqlstore/ads.go completed":                     "a column",
	"internal/sqlstore/approvals.go request":                 "a column",
	"internal/sqlstore/listings.go deposit":                  "a column",
	"internal/sqlstore/listings.go skip_remainder":           "a column",
	"internal/sqlstore/listings.go free":                     "a column",
	"internal/sqlstore/reviews.go completed":                 "a column",
	"internal/sqlstore/tables_deal.go authorized":            "a column",
	"internal/sqlstore/tables_deal.go captured":              "a column",
	"internal/sqlstore/tables_deal.go refunded":              "a column",
	"internal/sqlstore/tables_deal.go deposit":               "a column",
	"listings/ad.go expired":                                 "a status of ads",
	"listings/listing.go skip_remainder":                     "members of a listing",
	"listings/listing.go deposit":                            "members of a listing",
	"orchestrator/approval.go rejected":                      "ends of an approval",
	"orchestrator/approval.go expired":                       "ends of an approval",
	"orchestrator/approve.go reject":                         "steps of an approval",
	"orchestrator/approve.go expire":                         "steps of an approval",
	"orchestrator/booking/booking.go booked":                 "a state of days",
	"orchestrator/create.go deposit":                         "a member of a deal",
	"orchestrator/gateway/none/none.go none":                 "the gateway",
	"orchestrator/gateway/paypal/perform.go refund":          "a part of a key",
	"orchestrator/gateway/paypal/webhook.go refund":          "a kind of PayPal's objects",
	"orchestrator/gateway/paypal/webhook.go dispute":         "a kind of PayPal's objects",
	"orchestrator/gateway/stripe/errors.go request":          "a request to Stripe",
	"orchestrator/gateway/stripe/perform.go refund":          "a kind of Stripe's objects",
	"orchestrator/gateway/stripe/snapshot.go none":           "a word of Stripe's API",
	"orchestrator/selleraccount.go pending":                  "how far a seller's account is",
	"orchestrator/selleraccount.go rejected":                 "what became of a seller's account",
	"orchestrator/gateway/trustap/f2f.go cancelled":          "what Trustap is given as a reason",
	"orchestrator/gateway/trustap/snapshot.go pay":           "Trustap's pages",
	"orchestrator/gateway/trustap/snapshot.go pay_remainder": "Trustap's pages",
	"orchestrator/gateway/trustap/snapshot.go pay_deposit":   "Trustap's pages",
	"orchestrator/ledger/ledger.go authorized":               "a kind of accounts",
	"orchestrator/reconcile_compare.go captured":             "sums of a payment",
	"orchestrator/reconcile_compare.go refunded":             "sums of a payment",
	"orchestrator/pricing/pricing.go invalid_price":          "below the processes, which refuse the same",
	"orchestrator/tasks.go dispute":                          "a kind of tasks",
	"server/buyflow/face.go create":                          "the customer's routes and statuses",
	"server/buyflow/face.go pending":                         "the customer's routes and statuses",
	"server/buyflow/offers.go paid_by_buyer":                 "statuses of the customer's document",
	"server/buyflow/offers.go disputed":                      "statuses of the customer's document",
	"server/buyflow/offers.go completed":                     "statuses of the customer's document",
	"server/buyflow/offers.go cancelled":                     "statuses of the customer's document",
	"server/buyflow/offers.go pending":                       "statuses of the customer's document",
	"server/exchangeapi/orders.go cancel":                    "the customer's routes",
	"server/exchangeapi/orders.go appeal":                    "the customer's routes",
	"server/native/create.go deposit":                        "a member of a body",
	"server/native/listings.go deposit":                      "a member of a body",
	"server/native/payout_file.go settled":                   "a status of a line",
	"server/native/tasks.go none":                            "no owner",
	"server/console/work.go reject":                          "an act of a person on an approval",
	"server/sharetribe/face.go create":                       "the customer's routes",
	"server/sharetribe/face.go reject":                       "the customer's routes",
	"server/sharetribe/face.go complete_preauthorization":    "the customer's routes",
	"server/sharetribe/face.go invoice":                      "the customer's routes",
	"server/sharetribe/face.go pay_invoice":                  "the customer's routes",
	"server/sharetribe/face.go complete":                     "the customer's routes",
	"server/sharetribe/face.go cancel":                       "the customer's routes",
	"server/web/cards.go track":                              "a stripe of a card",
	"server/web/framing.go close":                            "a header of HTTP",
	"server/web/observe.go none":                             "a label of metrics",
	"server/web/observe.go request":                          "a label of metrics",
	"orchestrator/gateway/paytrail/wire.go pending":          "statuses of Paytrail's API",
	"orchestrator/gateway/paytrail/wire.go delayed":          "statuses of Paytrail's API",
}
