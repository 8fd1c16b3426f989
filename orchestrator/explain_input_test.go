package orchestrator_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What explain calls required is missed by the step itself, and nothing else is: in every
// state that the courses of the restore matrix come through, for every actor.
func TestM74_explainTellsWhatIsRequired(t *testing.T) {
	t.Parallel()
	r := newRig(t, fresh(t, "sqlite"))
	checked := map[string]bool{} // transition and input, by whether it is required
	all := stands()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, c := range append([]course{{}}, all[name].courses...) {
			in := all[name].open
			in.Title = name + ", " + c.name
			in.Input = r.given(t, in.Input, in.Title)
			result, err := r.Engine.Create(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range append([]deed{{}}, slices.Concat(all[name].before, c.deeds)...) {
				if d.name != "" || d.pays {
					if err := r.take(t, result.Transaction, []deed{d}); err != nil {
						t.Fatalf("%s: %s: %v", in.Title, d.name, err)
					}
				}
				r.checkInputs(t, r.Load(result.Transaction), checked)
			}
		}
	}
	for _, want := range []string{
		"refund reason true", "dismiss reason true", "split reason true", "split refund true", "split release true", "cancel reason false",
		"invoice total_sum true", "set_price price true", "resolve_split reason true", "resolve_refund reason true", "track tracking_code true", "pay_invoice payment_method false",
	} {
		if !checked[want] {
			t.Errorf("%q was not looked at; only %s", want, slices.Sorted(maps.Keys(checked)))
		}
	}
}

// checkInputs asks for every step that the actors may take, with and without each value.
func (r *rig) checkInputs(t *testing.T, tx orchestrator.Transaction, checked map[string]bool) {
	t.Helper()
	key := process.Actor{Kind: process.Staff, ID: process.ByItself + "1"}
	for _, actor := range []process.Actor{testkit.Buyer, testkit.Seller, {Kind: process.Backend}, staff, key} {
		x, err := r.Engine.Explain(t.Context(), tx.CommunityID, tx.ID, actor)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range x.Options {
			if o.Refusal != nil {
				continue
			}
			full := plausible(tx, o.Input)
			r.checkMoves(t, tx, o, actor, full)
			if missed := r.missed(t, tx, o, actor, full); missed != "" {
				t.Errorf("%s by %s with everything is refused for %s", o.Transition, actor, missed)
			}
			for _, in := range o.Input {
				without := maps.Clone(full)
				delete(without, in.Name)
				missed := r.missed(t, tx, o, actor, without)
				if in.Required != (missed == in.Name) || !in.Required && missed != "" {
					t.Errorf("%s by %s in %s: %s is told as required: %v, and the step misses %q", o.Transition, actor, tx.State, in.Name, in.Required, missed)
				}
				checked[string(o.Transition)+" "+in.Name+" "+strconv.FormatBool(in.Required)] = true
			}
		}
	}
}

// checkMoves compares what explain says that an option moves with its dry run. It says nothing
// only where the input or the gateway decides.
func (r *rig) checkMoves(t *testing.T, tx orchestrator.Transaction, o process.Option, actor process.Actor, input map[string]string) {
	t.Helper()
	v, err := r.Engine.DryRun(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: o.Transition, Actor: actor, Input: input,
	})
	asks := slices.ContainsFunc(o.Input, func(in process.Input) bool { return in.Amount && in.Required })
	switch {
	case o.Moves == nil && !asks && !r.Engine.FeesOpen(tx):
		t.Errorf("%s in %s by %s does not say what it moves", o.Transition, tx.State, actor)
	case o.Moves != nil && err == nil && cmp.Diff(v.Moves, o.Moves, cmpopts.EquateEmpty(), cmp.AllowUnexported(money.Amount{})) != "":
		t.Errorf("%s in %s by %s says that it moves %v, and its dry run %v", o.Transition, tx.State, actor, o.Moves, v.Moves)
	}
}

// plausible are values of inputs; parts add up to what there is.
func plausible(tx orchestrator.Transaction, inputs []process.Input) map[string]string {
	held := tx.Funds.Held + tx.Funds.Authorized
	if held == 0 {
		held = tx.Price.Minor()
	}
	values := map[string]string{}
	for _, in := range inputs {
		switch {
		case in.Name == process.PayoutAmount && tx.Funds.PayoutDue > 0:
			values[in.Name] = strconv.FormatInt(tx.Funds.PayoutDue, 10)
		case in.Name == "release":
			values[in.Name] = strconv.FormatInt(held-1, 10)
		case in.Name == process.RefundInput.Name, in.Name == process.SameRefund.Name:
			values[in.Name] = "1"
		case in.Amount:
			values[in.Name] = strconv.FormatInt(tx.Price.Minor()+10_000, 10)
		case strings.HasSuffix(in.Name, "_url"):
			values[in.Name] = "https://shop.example/back"
		default:
			values[in.Name] = "something"
		}
	}
	return values
}

// missed is the input that a step is refused for because it is not there; empty: none.
func (r *rig) missed(t *testing.T, tx orchestrator.Transaction, o process.Option, actor process.Actor, input map[string]string) string {
	t.Helper()
	_, err := r.Engine.DryRun(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: o.Transition, Actor: actor, Input: input,
	})
	if err == nil {
		return ""
	}
	f := fault.As(err)
	field, _ := f.Details["field"].(string)
	if _, given := input[field]; f.Code != fault.Invalid || field == "" || given {
		return ""
	}
	return field
}
