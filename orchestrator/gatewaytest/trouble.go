package gatewaytest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// each plays something that reads, with a mishap for each of its requests in turn. A test that makes none ends at once.
func each(t testing.TB, c Config, m mishap, prepare func(d *deal), read func(ctx context.Context, d *deal, number int)) {
	for number := 0; ; number++ {
		d := newBench(t, c).deal()
		prepare(d)
		d.wire.reading = true
		ctx, cancel := context.WithCancel(d.Context())
		d.wire.strike(m, number, cancel)
		read(ctx, d, number)
		cancel()
		if !d.wire.calm() {
			return
		}
	}
}

// opened makes a payment and tells what it is found by.
func (d *deal) opened() orchestrator.Operation {
	d.Helper()
	op := d.operation(d.opening())
	d.conclude(op, d.perform(d.Context(), op))
	return op
}

// lookInTrouble: a look whose answer is lost or broken is an error. That a payment is not there, nothing but the gateway says.
func lookInTrouble(t testing.TB, c Config, m mishap) {
	for _, byID := range []bool{true, false} {
		var ref orchestrator.PaymentRef
		prepare := func(d *deal) {
			op := d.opened()
			if ref = d.ref(); !byID {
				ref = d.byReference(op)
			}
		}
		each(t, c, m, prepare, func(ctx context.Context, d *deal, number int) {
			s, err := d.Gateway.Lookup(ctx, ref)
			d.silent(err)
			if err == nil && !s.Found && d.wire.calm() {
				d.Errorf("request %d: a look by %q, %q was in trouble, and shows no payment without an error", number, ref.PaymentID, ref.Reference)
			}
		})
	}
}

// payeesInTrouble: who can be paid is not called somebody who cannot because nobody answered.
func payeesInTrouble(t testing.TB, c Config, m mishap) {
	each(t, c, m, func(*deal) {}, func(ctx context.Context, d *deal, number int) {
		ok, err := d.Gateway.CanReceive(ctx, d.tx.CommunityID, d.seller())
		d.silent(err)
		if err == nil && !ok {
			d.Errorf("request %d: CanReceive was in trouble, and is false without an error", number)
		}
	})
}

// statementInTrouble: a statement that could not be read to its end says so.
func statementInTrouble(t testing.TB, c Config, m mishap) {
	if s, ok := newBench(t, c).Gateway.(orchestrator.Statement); !ok || s == nil {
		return
	}
	each(t, c, m, func(d *deal) { d.until(c.taking()) }, func(ctx context.Context, d *deal, number int) {
		s, _ := d.Gateway.(orchestrator.Statement)
		listed := false
		for line, err := range s.Payments(ctx, d.tx.CreatedAt.Add(-time.Hour), d.Now().Add(time.Hour)) {
			d.silent(err)
			listed = listed || err != nil || line.PaymentID == d.tx.PaymentID
		}
		if !listed {
			d.Errorf("request %d: a statement was in trouble, and lacks payment %s without an error", number, d.tx.PaymentID)
		}
	})
}

// taking is the verb that takes the money.
func (c Config) taking() process.Verb { return c.first(process.Capture, process.Charge) }

// printed: the adapter itself can be printed without its secrets.
func printed(t testing.TB, c Config) {
	b := newBench(t, c)
	for _, text := range []string{fmt.Sprint(b.Gateway), fmt.Sprintf("%+v", b.Gateway), fmt.Sprintf("%#v", b.Gateway)} {
		for _, secret := range c.Secrets {
			if strings.Contains(text, secret) {
				b.Errorf("the adapter prints a secret")
			}
		}
	}
}
