package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Label changes what is noted with a transaction. That is no step of it: neither its revision
// nor the time of its last change moves, so nothing that moves money is ever in its way.
// Faults: invalid_external_reference, invalid_metadata, external_reference_taken, busy.
func (e *Engine) Label(ctx context.Context, community, id int64, c labels.Change) (Transaction, error) {
	var tx Transaction
	err := relabel(c, func() (had labels.Labels, err error) {
		tx, err = e.Find(ctx, community, id, process.Actor{Kind: process.Backend})
		return tx.Labels, err
	}, func(had, other labels.Labels) (bool, error) {
		tx.Labels = other
		return e.config.Store.SaveLabels(ctx, LabelsOf{CommunityID: community, ID: id, At: e.now()}, had, other)
	})
	return tx, err
}

// LabelSeller changes what is noted with a user. Faults: those of Label.
func (e *Engine) LabelSeller(ctx context.Context, community int64, user string, c labels.Change) (labels.Labels, error) {
	var now labels.Labels
	err := relabel(c, func() (had labels.Labels, err error) {
		now, err = e.config.Store.SellerLabels(ctx, community, user)
		return now, err
	}, func(had, other labels.Labels) (bool, error) {
		now = other
		id, err := e.config.Store.NextID(ctx)
		if err != nil {
			return false, err
		}
		return e.config.Store.SaveSellerLabels(ctx, LabelsOf{CommunityID: community, ID: id, UserID: user, At: e.now()}, had, other)
	})
	return now, err
}

// LabelledSellers lists users with whom something is noted. No gateway is asked.
func (e *Engine) LabelledSellers(ctx context.Context, f SellerLabelFilter) ([]LabelledSeller, error) {
	return e.config.Store.LabelledSellers(ctx, f)
}

// relabel changes labels that somebody else may change at the same moment.
func relabel(c labels.Change, read func() (labels.Labels, error), save func(had, other labels.Labels) (bool, error)) error {
	return retry(func() error {
		had, err := read()
		if err != nil {
			return err
		}
		other, err := had.With(c)
		if err != nil || other.Equal(had) {
			return err
		}
		saved, err := save(had, other)
		if err == nil && !saved {
			err = ErrRevisionConflict
		}
		return err
	})
}
