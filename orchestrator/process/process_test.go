package process_test

import (
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

var update = flag.Bool("update", false, "rewrite the generated pages in docs/processes")

func TestValidate_shippedProcesses(t *testing.T) {
	t.Parallel()
	if _, err := process.NewRegistry(catalog.All()...); err != nil {
		t.Fatal(err)
	}
}

type exploration struct {
	report  process.Report
	reached process.Reached
	err     error
}

// explorations are of the processes that ship, by ref, each as one that was not yet
// released. They take seconds, so several tests read the same ones.
var explorations = sync.OnceValue(func() map[string]exploration {
	var mu sync.Mutex
	var group sync.WaitGroup
	all := map[string]exploration{}
	for _, p := range catalog.All() {
		group.Go(func() {
			ref := p.Ref()
			p.Version = -1
			report, reached, err := process.ExploreKeeping(p)
			report.Pin.Ref = ref
			mu.Lock()
			defer mu.Unlock()
			all[ref] = exploration{report, reached, err}
		})
	}
	group.Wait()
	return all
})

func TestExplore_shippedProcesses(t *testing.T) {
	t.Parallel()
	for _, p := range catalog.All() {
		report, err := explorations()[p.Ref()].report, explorations()[p.Ref()].err
		if err != nil {
			t.Errorf("%s:\n%v", p.Ref(), err)
		}
		for _, r := range p.Rules {
			if report.Taken[r.Name] == 0 {
				t.Errorf("%s: nobody could ever %s", p.Ref(), r.Name)
			}
		}
		t.Logf("%s: %d situations, %d commands tried, %d refused", p.Ref(), report.Deals, report.Commands, report.Refusals)
	}
}

// A table with a mistake must not pass: each row plants one.
func TestPlantedMistakesAreFound(t *testing.T) {
	t.Parallel()
	edit := func(name process.Transition, change func(*process.Rule)) func(*process.Process) {
		return func(p *process.Process) {
			for i := range p.Rules {
				if p.Rules[i].Name == name {
					change(&p.Rules[i])
				}
			}
		}
	}
	tests := map[string]struct {
		plant func(*process.Process)
		want  string
	}{
		"unknown target":        {edit("track", func(r *process.Rule) { r.To = "nowhere" }), "unknown state"},
		"unreachable state":     {edit("complain", func(r *process.Rule) { r.To = "delivered" }), "cannot be reached"},
		"nobody may":            {edit("track", func(r *process.Rule) { r.By = nil }), "nobody may"},
		"no way when declined":  {edit("create", func(r *process.Rule) { r.Else = nil }), "declined"},
		"timer may not":         {edit("confirm_delivery", func(r *process.Rule) { r.By = []process.Role{process.Buyer} }), "timer may not take"},
		"verb without a doubt":  {edit("track", func(r *process.Rule) { r.Observe = ""; r.By = []process.Role{process.Seller} }), "settles a doubt"},
		"state without a timer": {func(p *process.Process) { p.Timers = nil }, "wait without end"},
		"terminal with money":   {func(p *process.Process) { p.States[len(p.States)-1].Money = process.HoldsEscrow }, "must hold nothing"},
		"way out of the end":    {edit("release", func(r *process.Rule) { r.From = append(r.From, "cancelled") }), "leaves terminal"},
		"payment not collected": {edit("pay", func(r *process.Rule) { r.Effect = "" }), "holds escrow"},
		"paid out twice":        {edit("end_complaint_period", func(r *process.Rule) { r.Effect = process.PayOut }), "holds escrow"},
		"refund forgotten":      {edit("refund", func(r *process.Rule) { r.Effect = "" }), "holds nothing"},
		"unknown effect":        {edit("pay", func(r *process.Rule) { r.Effect = "burn" }), "not known"},
		"stranger ships":        {edit("track", func(r *process.Rule) { r.By = append(r.By, process.Joiner) }), "a stranger may"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := escrowonline.V1()
			tc.plant(p)
			p.Version = 2 // else it is enough that it is not what was released
			err := process.Validate(p)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				_, explored := process.Explore(p)
				err = errors.Join(err, explored)
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want a problem with %q", err, tc.want)
			}
		})
	}
}

func TestDocument_matchesDocs(t *testing.T) {
	t.Parallel()
	for _, p := range catalog.All() {
		path := filepath.Join("..", "..", "docs", "processes", p.Ref()+".md")
		if *update {
			if err := os.WriteFile(path, []byte(process.Document(p)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), process.Document(p)); diff != "" {
			t.Errorf("%s is out of date; run go test ./orchestrator/process -update\n%s", path, diff)
		}
	}
}

var t0 = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func deal(s process.State) process.Deal {
	d := process.Deal{
		State: s, EnteredAt: t0, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam",
		Price: money.New(1234, "EUR"), BuyerFee: 78, ConfirmAfterDays: 14,
		Deadlines: map[process.Deadline]time.Time{process.ComplaintDeadline: t0.Add(24 * time.Hour)},
	}
	switch s {
	case escrowonline.Paid, escrowonline.Tracked, escrowonline.Delivered, escrow.Complained, escrow.ComplaintPeriodEnded:
		d.Funds = process.Funds{Captured: 1312, Held: 1234, Fees: 78}
	}
	return d
}

func TestDecide_refusals(t *testing.T) {
	t.Parallel()
	buyer, seller := process.Actor{Kind: process.User, ID: "bea"}, process.Actor{Kind: process.User, ID: "sam"}
	parcel := map[string]string{"carrier": "ups", "tracking_code": "1Z"}
	busy := deal(escrowonline.Paid)
	busy.Operation = "track"
	tests := map[string]struct {
		deal   process.Deal
		name   process.Transition
		actor  process.Actor
		input  map[string]string
		at     time.Duration
		code   fault.Code
		reason fault.Reason
	}{
		"stranger":            {deal("paid"), "track", process.Actor{Kind: process.User, ID: "eve"}, parcel, 0, fault.NotFound, "transaction_not_found"},
		"stranger, bad name":  {deal("paid"), "fly", process.Actor{Kind: process.User, ID: "eve"}, nil, 0, fault.NotFound, "transaction_not_found"},
		"bad name":            {deal("paid"), "fly", seller, nil, 0, fault.Invalid, "unknown_transition"},
		"wrong side":          {deal("paid"), "track", buyer, parcel, 0, fault.Forbidden, "not_seller"},
		"wrong side, anytime": {deal("joined"), "track", buyer, parcel, 0, fault.Forbidden, "not_seller"},
		"too early":           {deal("joined"), "track", seller, parcel, 0, fault.Conflict, "illegal_transition"},
		"from the end":        {deal("funds_released"), "complain", buyer, map[string]string{"description": "fake"}, 0, fault.Conflict, "illegal_transition"},
		"missing input":       {deal("paid"), "track", seller, map[string]string{"carrier": "ups"}, 0, fault.Invalid, "empty_tracking_code"},
		"blank input":         {deal("paid"), "track", seller, map[string]string{"carrier": " ", "tracking_code": "1"}, 0, fault.Invalid, "empty_carrier"},
		"unknown input":       {deal("paid"), "track", seller, map[string]string{"carrier": "ups", "tracking_code": "1", "price": "1"}, 0, fault.Invalid, "unknown_input"},
		"busy":                {busy, "track", seller, parcel, 0, fault.Conflict, "operation_in_progress"},
		"only the gateway":    {deal("joined"), "pay", process.Actor{Kind: process.Backend}, nil, 0, fault.Forbidden, "not_gateway"},
		"complaint too late":  {deal("delivered"), "complain", buyer, map[string]string{"description": "fake"}, 25 * time.Hour, fault.Conflict, "complaint_period_expired"},
		"end period too late": {deal("delivered"), "end_complaint_period", buyer, nil, 24 * time.Hour, fault.Conflict, "complaint_period_expired"},
	}
	for name, tc := range tests {
		_, err := process.Decide(escrowonline.V1(), tc.deal, process.Command{Transition: tc.name, Actor: tc.actor, Input: tc.input}, t0.Add(tc.at))
		if got := fault.As(err); err == nil || got.Code != tc.code || got.Reason != tc.reason {
			t.Errorf("%s: got %v, want %s %s", name, err, tc.code, tc.reason)
		}
	}
}

func TestDecide_createRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*process.Deal)
		name   process.Transition
		reason fault.Reason
	}{
		"own listing":      {func(d *process.Deal) { d.Author = "bea" }, "create", "starter_is_author"},
		"same two people":  {func(d *process.Deal) { d.Seller = "bea" }, "create", "starter_is_author"},
		"no seller":        {func(d *process.Deal) { d.Seller = "" }, "create", "party_missing"},
		"nobody to invite": {func(*process.Deal) {}, "invite", "parties_complete"},
		"nothing to pay":   {func(d *process.Deal) { d.Price = money.New(0, "EUR") }, "create", "price_too_low"},
		"not a first step": {func(*process.Deal) {}, "track", "illegal_transition"},
		"not even a step":  {func(*process.Deal) {}, "jump", "unknown_transition"},
		"somebody else":    {func(d *process.Deal) { d.Starter = "sam"; d.Author = "" }, "create", "not_starter"},
	}
	for name, tc := range tests {
		d := deal("")
		tc.change(&d)
		c := process.Command{Transition: tc.name, Actor: process.Actor{Kind: process.User, ID: "bea"}, Input: map[string]string{}}
		if tc.name == "track" {
			c.Actor = process.Actor{Kind: process.Backend}
		}
		if _, err := process.Decide(escrowonline.V1(), d, c, t0); fault.ReasonOf(err) != tc.reason {
			t.Errorf("%s: got %v, want %s", name, err, tc.reason)
		}
	}
}

func TestDecide_gatewayReportsInsteadOfBeingAsked(t *testing.T) {
	t.Parallel()
	d := deal(escrowonline.Paid)
	d.Operation = "track" // our own call has not returned yet
	decision, err := process.Decide(escrowonline.V1(), d, process.Command{Transition: "track", Actor: process.Actor{Kind: process.AtGateway}}, t0)
	if err != nil {
		t.Fatal(err)
	}
	if decision.Verb != "" || decision.Step.To != escrowonline.Tracked || !decision.Step.Deal.Has(process.FactTracked) {
		t.Errorf("decision = %+v, want the state tracked without asking the gateway", decision)
	}
}

func TestConclude_outcomes(t *testing.T) {
	t.Parallel()
	p := preauthorize.V1()
	tests := map[string]struct {
		from   process.State
		name   process.Transition
		status process.Status
		want   process.State
		funds  process.Funds
	}{
		"create ok":        {"", "create", process.Succeeded, "preauthorized", process.Funds{Authorized: 1312}},
		"create 3-D":       {"", "create", process.RequiresAction, "action_required", process.Funds{}},
		"create open":      {"", "create", process.Pending, "initiated", process.Funds{}},
		"create no":        {"", "create", process.Declined, "abandoned", process.Funds{}},
		"create not sent":  {"", "create", process.NotSent, "abandoned", process.Funds{}},
		"capture ok":       {"preauthorized", "complete_preauthorization", process.Succeeded, "paid", process.Funds{Captured: 1312, Held: 1234, Fees: 78}},
		"capture later":    {"preauthorized", "complete_preauthorization", process.Pending, "pending_ext", process.Funds{Authorized: 1312}},
		"capture no":       {"preauthorized", "complete_preauthorization", process.Declined, "capture_failed", process.Funds{Authorized: 1312}},
		"capture not sent": {"preauthorized", "complete_preauthorization", process.NotSent, "preauthorized", process.Funds{Authorized: 1312}},
		"void ok":          {"preauthorized", "reject", process.Succeeded, "rejected", process.Funds{}},
		"void no":          {"preauthorized", "reject", process.Declined, "preauthorized", process.Funds{Authorized: 1312}},
	}
	for name, tc := range tests {
		d := deal(tc.from)
		if tc.from != "" {
			d.Funds = process.Funds{Authorized: 1312}
		}
		decision, err := process.Decide(p, d, process.Command{Transition: tc.name, Actor: process.Actor{Kind: process.Backend}}, t0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		step, err := process.Conclude(p, decision.Step.Deal, decision.Rule, nil, tc.status, t0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if step.Deal.State != tc.want || step.Deal.Funds != tc.funds || step.Deal.Operation != "" {
			t.Errorf("%s: %s %+v, want %s %+v", name, step.Deal.State, step.Deal.Funds, tc.want, tc.funds)
		}
	}
	decision, _ := process.Decide(p, deal(""), process.Command{Transition: "create", Actor: process.Actor{Kind: process.Backend}}, t0)
	if _, err := process.Conclude(p, decision.Step.Deal, decision.Rule, nil, process.Unknown, t0); err == nil {
		t.Error("an unknown outcome must settle nothing")
	}
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	step := func(p *process.Process, d process.Deal, name process.Transition) process.Step {
		t.Helper()
		decision, err := process.Decide(p, d, process.Command{Transition: name, Actor: process.Actor{Kind: process.AtGateway}}, t0)
		if err != nil {
			t.Fatal(err)
		}
		return decision.Step
	}
	due := func(s process.Step) map[process.TimerName]time.Duration {
		m := map[process.TimerName]time.Duration{}
		for _, a := range s.Arm {
			m[a.Name] = a.Due.Sub(t0)
		}
		return m
	}
	pre := deal("preauthorized")
	pre.Funds = process.Funds{Authorized: 1312}
	booked := pre
	booked.BookingEnd = t0.Add(48 * time.Hour)
	initiated := deal("initiated")
	initiated.Deadlines = map[process.Deadline]time.Time{process.CaptureBefore: t0.Add(7 * 24 * time.Hour)}
	tests := map[string]struct {
		step process.Step
		want map[process.TimerName]time.Duration
	}{
		"delivered waits for the gateway's deadline": {step(escrowonline.V1(), deal("tracked"), "confirm_delivery"), map[process.TimerName]time.Duration{"complaint_period": 24 * time.Hour}},
		"tracked is confirmed automatically":         {step(escrowonline.V1(), deal("paid"), "track"), map[process.TimerName]time.Duration{"automatic_confirmation": 14 * 24 * time.Hour, "poll": 6 * time.Hour}},
		"paid without a booking":                     {step(preauthorize.V1(), pre, "complete_preauthorization"), map[process.TimerName]time.Duration{"automatic_confirmation": 14 * 24 * time.Hour, "confirm_reminder": 12 * 24 * time.Hour}},
		"paid with a booking":                        {step(preauthorize.V1(), booked, "complete_preauthorization"), map[process.TimerName]time.Duration{"automatic_confirmation": 72 * time.Hour}},
		"hold lapses": {step(preauthorize.V1(), initiated, "authorize"), map[process.TimerName]time.Duration{
			"hold_expiry": 7*24*time.Hour - 10*time.Minute, "decision_reminder": 6*24*time.Hour - 10*time.Minute,
			"hold_warning": (7*24*time.Hour - 10*time.Minute) / 100 * 80,
		}},
	}
	for name, tc := range tests {
		if diff := cmp.Diff(tc.want, due(tc.step)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOptions_sayWhoAndWhyNot(t *testing.T) {
	t.Parallel()
	got := map[process.Transition]string{}
	for _, o := range process.Options(escrowonline.V1(), deal("delivered"), process.Actor{Kind: process.User, ID: "sam"}, t0) {
		got[o.Transition] = "yes"
		if o.Refusal != nil {
			got[o.Transition] = string(o.Refusal.Reason)
		}
	}
	want := map[process.Transition]string{"complain": "not_buyer", "end_complaint_period": "not_buyer"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegistry_keepsOldVersions(t *testing.T) {
	t.Parallel()
	newer := escrowonline.V1()
	newer.Version = 2
	r, err := process.NewRegistry(escrowonline.V1(), newer)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"escrow_online": 2, "escrow_online@1": 1, "escrow_online@2": 2} {
		if p, err := r.Find(name); err != nil || p.Version != want {
			t.Errorf("Find(%s) = %v, %v; want version %d", name, p, err, want)
		}
	}
	if _, err := r.Find("prepay"); fault.ReasonOf(err) != "unknown_process" {
		t.Errorf("Find(prepay) = %v, want unknown_process", err)
	}
}

func TestObservers_coverEveryFactInOrder(t *testing.T) {
	t.Parallel()
	p := escrowonline.V1()
	got := map[process.State][]process.Fact{}
	for _, s := range p.States {
		for _, r := range p.Observers(s.Name) {
			got[s.Name] = append(got[s.Name], r.Observe)
		}
	}
	want := map[process.State][]process.Fact{
		"joined": {"paid", "cancelled"}, "paid": {"cancelled", "tracked"}, "tracked": {"delivered"},
		"delivered": {"complained", "complaint_period_ended"}, "complained": {"funds_released", "funds_refunded"},
		"complaint_period_ended": {"funds_released"}, "cancelled_with_payment": {"payment_refunded"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names := slices.Sorted(maps.Keys(got)); len(names) != 7 {
		t.Errorf("states with observers: %v", names)
	}
}
