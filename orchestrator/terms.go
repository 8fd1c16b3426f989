package orchestrator

import (
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// MaxConfirmDays bounds the days after which a deal is confirmed automatically.
const MaxConfirmDays = 365

// Terms is what a community has set for deals that are opened from now on. A deal keeps
// what it was opened with.
type Terms struct {
	// Fees is what the marketplace charges; the zero policy charges nothing.
	Fees pricing.Policy
	// ConfirmAfterDays is after how many days a paid deal is confirmed where the call that
	// opens it does not say; 0 leaves it to the process.
	ConfirmAfterDays int
}

// CheckConfirmDays is a fault invalid_confirm_after_days for days that a community cannot set.
func CheckConfirmDays(days int) error {
	if days < 0 || days > MaxConfirmDays {
		return fault.New(fault.Invalid, "invalid_confirm_after_days", "automatic confirmation is after 1 to %d days; 0 leaves it to each process", MaxConfirmDays).
			With("field", "automatic_confirmation_after_days")
	}
	return nil
}
