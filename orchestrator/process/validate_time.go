package process

import (
	"slices"
	"time"
)

// The bounds of what a table may make people wait. What is longer is a slip of the
// pen, or money that rests with nobody.
const (
	longestWait   = 60 * Day
	longestRepeat = 7 * Day
	leastRepeat   = 10 * time.Minute
)

// checkWaits measures every timer with sample deals, whose announced deadlines and
// bookings are at most a week away.
func (v *validation) checkWaits() {
	samples := openings(v.p)
	for _, t := range v.p.Timers {
		if t.Due.At == nil {
			continue // told already
		}
		ever := false
		for _, s := range samples {
			due, armed := t.Due.At(s.Deal, s.EnteredAt)
			ever = ever || armed
			if wait := due.Sub(s.EnteredAt); armed && (wait < 0 || wait > longestWait) {
				v.problem("timer %s is due %s after the state was entered; the bounds are 0 and %s", t.Name, wait, longestWait)
				break
			}
		}
		if !ever {
			v.problem("timer %s is never due", t.Name)
		}
		if t.Repeat != 0 && (t.Repeat < leastRepeat || t.Repeat > longestRepeat) {
			v.problem("timer %s comes again every %s; the bounds are %s and %s", t.Name, t.Repeat, leastRepeat, longestRepeat)
		}
		if t.Then != "" && t.Repeat != 0 {
			v.problem("timer %s takes a transition, so it does not come again", t.Name)
		}
		v.checkOwner(t)
	}
	v.checkObserved()
	v.checkRest()
	v.checkStaff()
}

// checkStaff wants operators to be told, again and again, of every state in which
// money rests until somebody decides and no timer brings an end. Where
// they are, the end of that is declared: an alarm.
func (v *validation) checkStaff() {
	for _, s := range v.p.States {
		if s.Money == HoldsNothing {
			continue
		}
		told := slices.ContainsFunc(v.p.Timers, func(t Timer) bool { return t.waitsIn(s.Name) && t.Staff && t.Repeat > 0 })
		ends := slices.ContainsFunc(v.p.Timers, func(t Timer) bool { return t.waitsIn(s.Name) && t.Alarm })
		parties := slices.ContainsFunc(v.p.Rules, func(r Rule) bool { return r.from(s.Name) && (r.allows(Seller) || r.allows(Buyer)) && r.To != s.Name })
		if s.OpenEnded != "" && !told && !parties {
			v.problem("money rests in %s until somebody decides, and no timer reminds the operators", s.Name)
		}
		if told && !ends {
			v.problem("operators are reminded of the money in %s again and again, and no end of that is declared: it needs an alarm", s.Name)
		}
	}
}

// checkOwner wants reminders that staff is to act on where staff can, and everybody
// else's where they can.
func (v *validation) checkOwner(t Timer) {
	if t.Alarm && (!t.Staff || t.Repeat > 0) {
		v.problem("timer %s: operators are alarmed once, and nobody else", t.Name)
	}
	if t.Staff && !t.Remind || t.Remind && t.Repeat > 0 && !t.Staff {
		v.problem("timer %s: operators may be reminded again and again, and nobody else", t.Name)
	}
	for i, name := range t.In {
		if slices.Contains(t.In[i+1:], name) {
			v.problem("timer %s waits in %s twice", t.Name, name)
		}
	}
	twice := 0
	for _, other := range v.p.Timers {
		if other.Name == t.Name && slices.ContainsFunc(other.In, t.waitsIn) {
			twice++
		}
	}
	if twice > 1 {
		v.problem("timer %s is listed twice for a state", t.Name)
	}
}

// checkObserved wants a look at the gateway wherever it may report something and no
// timer of ours ends the state soon: a report may be lost.
func (v *validation) checkObserved() {
	for _, s := range v.p.States {
		waits := slices.DeleteFunc(v.p.Observers(s.Name), func(r Rule) bool { return v.p.means(r.Observe).Sudden || r.Verb != "" || r.afterEnd() })
		looks := slices.ContainsFunc(v.p.Timers, func(t Timer) bool { return t.waitsIn(s.Name) && !t.Remind })
		if len(waits) > 0 && !looks {
			v.problem("state %s waits for the gateway, and no timer looks there", s.Name)
		}
	}
}

// checkRest looks at how states say where money is and what was reserved.
func (v *validation) checkRest() {
	for _, s := range v.p.States {
		switch {
		case s.Money == HoldsAnything && s.OpenEnded == "":
			v.problem("state %s holds anything, so an operator has to decide: say why it is open-ended", s.Name)
		case s.Terminal && s.OpenEnded != "":
			v.problem("terminal state %s waits for nothing", s.Name)
		case s.Frees && s.Money != HoldsNothing:
			v.problem("state %s gives back what was reserved while money is held for it", s.Name)
		case s.Frees && !s.Terminal && !v.p.Reopens:
			v.problem("state %s gives back what was reserved, and the deal goes on", s.Name)
		case s.Reviews && !s.Terminal:
			v.problem("state %s is not an end, so nobody is reviewed yet", s.Name)
		}
	}
}
