package console

import (
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
func (l looks) sentence(say sayer) string {
	switch {
	case l.Doctor.At.IsZero():
		return say("Nothing needs a person now; handsel doctor has not looked yet.")
	case l.Doctor.Found > 0:
		return say("Nothing is on the list, but handsel doctor found %d × a broken invariant: move no money until the cause is known.", l.Doctor.Found)
	case len(l.Compared) == 0:
		return say("Nothing needs a person now, and handsel doctor agrees; no gateway was compared yet.")
	}
	return say("Nothing needs a person now: doctor and reconcile agree.")
}
