// Package labels is what a marketplace's backend notes with a deal, a listing or a seller for
// itself: one reference of its own, and some named texts. Nothing follows from them, and no
// user is shown them. It is pure.
package labels

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
)

// Limits, in characters; MaxKeys counts names. Those of metadata are contract 63, that of a
// reference is our choice.
const (
	MaxKeys      = 50
	MaxKey       = 40
	MaxValue     = 500
	MaxReference = 200
)

// ErrTaken is the refusal of a reference that another object of the kind has in the community.
var ErrTaken = fault.New(fault.Conflict, "external_reference_taken", "another object of this marketplace has this external_reference; look it up with ?external_reference=").
	With("field", "external_reference")

// Labels are what is noted with one object. The zero value is nothing.
type Labels struct {
	ExternalReference string // unique in a community among objects of a kind; empty: none
	Metadata          map[string]string
}

// None reports whether nothing is noted.
func (l Labels) None() bool { return l.ExternalReference == "" && len(l.Metadata) == 0 }

// Size is how many bytes they have.
func (l Labels) Size() int { return len(l.ExternalReference) + paging.Texts(l.Metadata) }

// Equal reports whether both say the same.
func (l Labels) Equal(other Labels) bool {
	return l.ExternalReference == other.ExternalReference && maps.Equal(l.Metadata, other.Metadata)
}

// Change is what is to become of labels: what it does not name stays.
type Change struct {
	ExternalReference *string            // nil stays, empty takes it away
	Metadata          map[string]*string // nil takes the name away
}

// With is l after a change. Faults: those of Check.
func (l Labels) With(c Change) (Labels, error) {
	after := Labels{ExternalReference: l.ExternalReference, Metadata: maps.Clone(l.Metadata)}
	if c.ExternalReference != nil {
		after.ExternalReference = *c.ExternalReference
	}
	for key, value := range c.Metadata {
		if value == nil {
			delete(after.Metadata, key)
			continue
		}
		if after.Metadata == nil {
			after.Metadata = map[string]string{}
		}
		after.Metadata[key] = *value
	}
	if len(after.Metadata) == 0 {
		after.Metadata = nil
	}
	return after, after.Check()
}

// Check refuses what cannot be noted: invalid_external_reference, invalid_metadata.
func (l Labels) Check() error { return fault.All(l.checkReference(), l.checkMetadata()) }

func (l Labels) checkReference() error {
	if r := l.ExternalReference; r != "" && (r != strings.TrimSpace(r) || !fits(r, MaxReference) || strings.ContainsFunc(r, unicode.IsControl)) {
		return fault.New(fault.Invalid, "invalid_external_reference", "external_reference may have at most %d characters, without control characters and without spaces around it", MaxReference).
			With("field", "external_reference")
	}
	return nil
}

func (l Labels) checkMetadata() error {
	if len(l.Metadata) > MaxKeys {
		return invalid("metadata may have at most %d names; take some away by setting them to null", MaxKeys)
	}
	for key, value := range l.Metadata {
		if err := CheckPair(key, value); err != nil {
			return err
		}
	}
	return nil
}

// CheckPair refuses a name or a value that metadata cannot have: invalid_metadata.
func CheckPair(key, value string) error {
	switch {
	case strings.TrimSpace(key) == "" || !fits(key, MaxKey) || strings.ContainsFunc(key, unicode.IsControl):
		return invalid("a name in metadata must have 1 to %d characters without control characters", MaxKey)
	case !fits(value, MaxValue):
		return invalid("a value in metadata must be a text of at most %d characters", MaxValue)
	}
	return nil
}

// fits reports whether a text is one that can be stored and has so many characters at most.
func fits(text string, limit int) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 && utf8.RuneCountInString(text) <= limit
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "invalid_metadata", format, args...).With("field", "metadata")
}
