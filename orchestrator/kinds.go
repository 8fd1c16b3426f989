package orchestrator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Kind is a gateway that Handsel has, configured here or not.
type Kind struct {
	Name string
	// Once are names that it had before; they are understood like its own.
	Once []string
	// Can is what it can do of what processes need.
	Can []process.Ability
	// Currencies are those that it takes; none: any.
	Currencies []money.Currency
	// PaysNoSellers tells that it only takes money: what is released for a seller is booked as
	// a payout that is due, and the marketplace makes it (docs/sellers.md).
	PaysNoSellers bool
	// Whole is the setting with which a payment moves as a whole or not at all; empty: parts of one always can.
	Whole string
	// Payee says what to do when a seller cannot be paid yet, such as "send their profile".
	Payee string
}

// Runs reports whether deals of a process can be opened on the gateway.
func (k Kind) Runs(p *process.Process) bool {
	return !slices.ContainsFunc(p.Needs(), func(need process.Ability) bool { return !slices.Contains(k.Can, need) })
}

// takes refuses a deal in a currency in which nothing could ever be paid.
func (k Kind) takes(c money.Currency) error {
	if len(k.Currencies) == 0 || slices.Contains(k.Currencies, c) {
		return nil
	}
	return fault.New(fault.Invalid, "amount_not_supported", "gateway %s takes no %s; use one of %v", k.Name, c, k.Currencies)
}

// Own reports whether its money lies in our own ledger: nothing is asked of it, the
// effect of a transition is all that happens, in the same commit.
func (k Kind) Own() bool { return slices.Contains(k.Can, process.OwnLedger) }

// reverses reports whether what a deal's payee was paid can be taken back.
func (k Kind) reverses(d process.Deal) bool {
	return d.MarketplacePays || slices.Contains(k.Can, process.Ability(process.Reverse))
}

// Paid reports whether money moves in its deals.
func (k Kind) Paid() bool { return !slices.Contains(k.Can, process.Unpaid) }

// asked reports whether it is asked anything over a network.
func (k Kind) asked() bool { return k.Paid() && !k.Own() }

// Kinds are all gateways, in the order in which people read them.
type Kinds []Kind

// RunsOn names the gateways that a process can run on, our own ledger after the
// others.
func (all Kinds) RunsOn(p *process.Process) []string {
	var elsewhere, own []string
	for _, k := range all {
		switch {
		case !k.Runs(p):
		case k.Own():
			own = append(own, k.Name)
		default:
			elsewhere = append(elsewhere, k.Name)
		}
	}
	return append(elsewhere, own...)
}

// Find is the gateway of a name, which may be an old one of it. An unknown one is
// unknown_gateway.
func (all Kinds) Find(name string) (Kind, error) {
	names := make([]string, len(all))
	for i, k := range all {
		if k.Name == name || slices.Contains(k.Once, name) {
			return k, nil
		}
		names[i] = k.Name
	}
	return Kind{}, fault.New(fault.Invalid, "unknown_gateway", "unknown gateway %.40q; use one of %s", name, strings.Join(names, ", "))
}

// OwnLedger is the name of the gateway whose money lies in our own ledger.
func (all Kinds) OwnLedger() string {
	if i := slices.IndexFunc(all, Kind.Own); i >= 0 {
		return all[i].Name
	}
	return ""
}

// Document describes which process runs on which gateway, and why, as a Markdown page.
func (all Kinds) Document(processes []*process.Process) string {
	var b strings.Builder
	b.WriteString("# Processes and gateways\n\nA process runs on every gateway that can do all that its table needs.\n\n")
	b.WriteString("| process | needs | runs on |\n| --- | --- | --- |\n")
	for _, p := range processes {
		fmt.Fprintf(&b, "| [`%s`](%s.md) | %s | %s |\n", p.Ref(), p.Ref(), listed(p.Needs()), strings.Join(all.RunsOn(p), ", "))
	}
	b.WriteString("\n| gateway | can |\n| --- | --- |\n")
	for _, k := range all {
		name := "`" + k.Name + "`"
		if len(k.Once) > 0 {
			name += " (once " + strings.Join(k.Once, ", ") + ")"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, listed(k.Can))
	}
	b.WriteString("\nWith some settings a gateway gives a payment back, and lets it go to the seller, as a whole only. The steps that would move a part of one are refused then.\n\n")
	b.WriteString("| gateway | with | refuses |\n| --- | --- | --- |\n")
	for _, k := range all {
		if k.Whole != "" {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", k.Name, k.Whole, strings.Join(k.refusedParts(processes), ", "))
		}
	}
	return b.String()
}

// refusedParts are the steps of the processes that run on a gateway which move a part of a payment.
func (k Kind) refusedParts(processes []*process.Process) (steps []string) {
	for _, p := range processes {
		for _, name := range p.Parts() {
			if step := fmt.Sprintf("`%s` of `%s`", name, p.Ref()); k.Runs(p) && !slices.Contains(steps, step) {
				steps = append(steps, step)
			}
		}
	}
	return steps
}

func listed(abilities []process.Ability) string {
	texts := make([]string, len(abilities))
	for i, a := range abilities {
		texts[i] = string(a)
	}
	return strings.Join(texts, ", ")
}
