package process

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mermaid draws the process as a Mermaid state diagram.
func Mermaid(p *Process) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n")
	for _, w := range p.Ways() {
		from, text := cmp.Or(w.From, "[*]"), string(w.Transition)
		if w.After != "" {
			text += " (" + string(w.After) + ")"
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", from, w.To, text)
	}
	for _, s := range p.States {
		if s.Terminal {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.Name)
		}
	}
	return b.String()
}

// Document describes the process as a Markdown page: what it is for, the
// diagram, and the tables of states, transitions and timers.
func Document(p *Process) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n```mermaid\n%s```\n", p.Ref(), p.Summary, Mermaid(p))
	b.WriteString("\n## States\n\n| state | public label | money | waits because |\n| --- | --- | --- | --- |\n")
	for _, s := range p.States {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, p.Label(s.Name), s.Money, p.waits(s))
	}
	b.WriteString("\n## Transitions\n\n| transition | from | to | who | asks the gateway | settled by | money | needs |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, orDash(join(r.From)), r.outcomes(), join(r.By),
			orDash(string(r.Verb)), orDash(string(r.Observe)), orDash(string(r.Effect)), orDash(r.needs()))
	}
	if len(p.Timers) > 0 {
		b.WriteString("\n## Timers\n\n| timer | in | due | then |\n| --- | --- | --- | --- |\n")
	}
	for _, t := range p.Timers {
		then := string(t.Then)
		switch {
		case t.Staff && t.Repeat > 0:
			then = fmt.Sprintf("remind the operators, event reminder.%s, again every %s", t.Name, t.Repeat)
		case t.Alarm:
			then = "alarm the operators: overdue from then on, event reminder." + string(t.Name)
		case t.Staff:
			then = "remind the operators, event reminder." + string(t.Name)
		case t.Remind:
			then = "remind the parties, event reminder." + string(t.Name)
		case then == "":
			then = fmt.Sprintf("look up at the gateway, again every %s", t.Repeat)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", t.Name, join(t.In), t.Due.Text, then)
	}
	if len(p.Improvements) > 0 {
		b.WriteString("\n## Differences from its predecessor\n\n")
	}
	for _, text := range p.Improvements {
		fmt.Fprintf(&b, "- %s\n", text)
	}
	return b.String()
}

func (p *Process) waits(s StateInfo) string {
	if s.Terminal {
		return "the end"
	}
	if s.OpenEnded != "" {
		return s.OpenEnded
	}
	var names []TimerName
	for _, t := range p.Timers {
		if t.waitsIn(s.Name) {
			names = append(names, t.Name)
		}
	}
	return "timer " + join(names)
}

func (r Rule) outcomes() string {
	text := string(r.To)
	for _, status := range []Status{RequiresAction, Pending, Declined} {
		if b, ok := r.Else[status]; ok && b.To != r.To {
			text += fmt.Sprintf("; %s: %s", status, b.To)
		}
	}
	return text
}

func (r Rule) needs() string {
	var needs []string
	for _, in := range r.Input {
		needs = append(needs, "input "+in.Name)
	}
	for _, g := range r.Guards {
		needs = append(needs, g.Name)
	}
	return strings.Join(needs, "; ")
}

func join[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(slices.Compact(texts), ", ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
