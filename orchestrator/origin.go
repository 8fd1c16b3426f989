package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/fault"
)

// behind begins recovery when a gateway shows an operation of this installation that
// the database does not know: it must have forgotten it. What was forgotten before the
// last recovery ended is known to people.
func (e *Engine) behind(ctx context.Context, gateway string, references []Reference) (bool, error) {
	for _, reference := range references {
		at, who := e.config.References.read(reference)
		if who == foreign {
			continue
		}
		_, err := e.config.Store.Intent(ctx, reference.Text)
		if err == nil {
			continue
		}
		if fault.CodeOf(err) != fault.NotFound {
			return false, err
		}
		if who == forged {
			e.tellForged(ctx, gateway, reference.Text)
			continue
		}
		ended, err := e.config.Store.RecoveryEnded(ctx)
		if err != nil {
			return false, err
		}
		if !at.After(ended) {
			continue // a later operation of the payment may still be unknown to people
		}
		why := fmt.Sprintf("gateway %s has carried out operation %s, which this database does not know", gateway, reference.Text)
		begun, err := BeginRecovery(ctx, e.config.Store, e.now(), why)
		if begun {
			e.config.Log.ErrorContext(ctx, "the database is behind its gateways: recovery mode begins, nothing is sent", "gateway", gateway, "operation", reference.Text)
		}
		return true, err
	}
	return false, nil
}

// notice is behind for where only a note can be taken.
func (e *Engine) notice(ctx context.Context, gateway string, s Snapshot) {
	if _, err := e.behind(ctx, gateway, s.References); err != nil {
		e.config.Log.WarnContext(ctx, "is the database behind", "gateway", gateway, "error", err)
	}
}

// tellForged logs and counts a forged reference.
func (e *Engine) tellForged(ctx context.Context, gateway, text string) {
	if !e.forgeries.first(text) {
		return
	}
	e.config.Observer.Forged(gateway)
	e.config.Log.WarnContext(ctx, "a payment bears a reference that looks like ours and is not: find out who made it", "gateway", gateway, "reference", fmt.Sprintf("%.100q", text))
}

// foreign reports whether another program made a payment, which shares the account with
// us: it names no operation of this installation.
func (e *Engine) foreign(s Snapshot) bool { return !e.claimed(s.References) }

// claimed reports whether one of the references of a payment is from here. Without a name
// of the installation nobody can tell, and any text may be.
func (e *Engine) claimed(references []Reference) bool {
	return slices.ContainsFunc(references, func(r Reference) bool {
		_, who := e.config.References.read(r)
		return who == genuine || e.config.References.Installation == "" && r.Text != ""
	})
}
