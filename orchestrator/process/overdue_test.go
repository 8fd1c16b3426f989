package process_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Every process in which money can wait for operators declares what happens in the end;
// without that it is refused.
func TestM15_declaredEnd(t *testing.T) {
	t.Parallel()
	var declared []string
	for _, p := range catalog.All() {
		if !slices.ContainsFunc(p.Timers, func(t process.Timer) bool { return t.Alarm && t.Name == "overdue" }) {
			continue
		}
		declared = append(declared, p.Name)
		p.Timers = slices.DeleteFunc(p.Timers, func(t process.Timer) bool { return t.Alarm })
		if err := process.Validate(p); err == nil || !strings.Contains(err.Error(), "no end of that is declared") {
			t.Errorf("%s without an end: %v", p.Ref(), err)
		}
	}
	for _, name := range []string{"preauthorize", "postpay", "escrow_online", "escrow_f2f"} {
		if !slices.Contains(declared, name) {
			t.Errorf("%s declares no end; %v do", name, declared)
		}
	}
	for _, p := range catalog.All() {
		for i := range p.Timers {
			if p.Timers[i].Alarm {
				p.Timers[i].Staff = false
			}
		}
		if err := process.Validate(p); err == nil && slices.ContainsFunc(p.Timers, func(t process.Timer) bool { return t.Alarm }) {
			t.Errorf("%s alarms the parties", p.Ref())
		}
	}
}
