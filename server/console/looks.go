package console

import (
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// looks are who has looked for what is wrong, and when.
type looks struct {
	Doctor    orchestrator.Look
	Compared  []orchestrator.Look // with gateways, by their names
	Real, Now time.Time           // of the machine, and of the engine
}

func (f face) looks(v visit) (looks, error) {
	all, err := f.Sums.Looks(v.Request.Context())
	l := looks{Real: f.Door.Now(), Now: f.Engine.Now()}
	for _, look := range all {
		if look.Who == orchestrator.Doctor {
			l.Doctor = look
		} else {
			l.Compared = append(l.Compared, look)
		}
	}
	return l, err
}

// sentence is what an empty list of tasks means.
func (l looks) sentence() string {
	const nothing = "Nothing needs a person now"
	switch {
	case l.Doctor.At.IsZero():
		return nothing + "; handsel doctor has not looked yet."
	case l.Doctor.Found > 0:
		return "Nothing is on the list, but handsel doctor found " + strconv.Itoa(l.Doctor.Found) + " × a broken invariant: move no money until the cause is known."
	case len(l.Compared) == 0:
		return nothing + ", and handsel doctor agrees; no gateway was compared yet."
	}
	return nothing + ": doctor and reconcile agree."
}
