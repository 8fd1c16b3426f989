package orchestrator

import "github.com/handsel-dev/handsel/internal/paging"

// Size is about how many bytes its texts have, as for paging.Sized.
func (tx Transaction) Size() int {
	return tx.Labels.Size() + paging.Texts(tx.Attributes) + len(tx.ListingTitle) + len(tx.Note)
}

// Size is about how many bytes its texts have.
func (m Message) Size() int { return len(m.Content) }

// Size is about how many bytes its texts have.
func (e Event) Size() int { return paging.Texts(e.Data) }

// Size is about how many bytes its texts have.
func (l LabelledSeller) Size() int { return l.Labels.Size() }

// Size is about how many bytes its texts have.
func (a Act) Size() int { return paging.Texts(a.Data) + len(a.Reason) }

// Size is about how many bytes its texts have, but for its request, which a store opens later and which is short.
func (a Approval) Size() int { return len(a.Reason) + len(a.Decision) }
