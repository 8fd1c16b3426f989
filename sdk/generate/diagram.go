package main

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
)

// Sizes of a drawing, in pixels.
const (
	column  = 150 // from state to state
	row     = 26  // from step to step
	head    = 40  // above the first step
	barely  = 6   // between an arrow and its name
	ending  = 8   // half of a bar where a deal begins or ends
	perLine = 18  // letters of a state's name
)

var arrow = regexp.MustCompile(`^\s*(\S+) --> ([^:\s]+)(?:: (.*))?$`)

// edge is an arrow of a drawing, between two states by their places; -1 is outside.
type edge struct {
	from, to int
	name     string
}

// diagram draws the states of a process from left to right, and its steps from top to bottom in the order of
// the table. It reads what docs/processes has for mermaid.
func diagram(text string) (string, error) {
	var (
		states []string
		steps  []edge
	)
	place := func(name string) int {
		if name == "[*]" {
			return -1
		}
		if !slices.Contains(states, name) {
			states = append(states, name)
		}
		return slices.Index(states, name)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		m := arrow.FindStringSubmatch(line)
		if m == nil {
			if strings.TrimSpace(line) != "stateDiagram-v2" {
				return "", fmt.Errorf("a drawing has the line %q", line)
			}
			continue
		}
		steps = append(steps, edge{place(m[1]), place(m[2]), m[3]})
	}
	return drawn(states, steps), nil
}

func drawn(states []string, steps []edge) string {
	var ends []int
	steps = slices.DeleteFunc(steps, func(s edge) bool {
		if s.to < 0 {
			ends = append(ends, s.from)
		}
		return s.to < 0
	})
	width, height := column*len(states)+column, head+row*len(steps)+row
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="drawing" tabindex="0" role="group" aria-label="Drawing"><svg role="img" aria-label="The states from left to right, and the steps between them from top to bottom; the tables below say the same." viewBox="0 0 %d %d" width="%d" height="%d" fill="none" stroke="currentColor">`, width, height, width, height)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor" stroke="none"/></marker></defs>`)
	for i, name := range states {
		x := middle(i)
		named(&b, x, name)
		fmt.Fprintf(&b, `<path d="M%d %dV%d" stroke-opacity=".25"/>`, x, head-barely, height-ending)
		if slices.Contains(ends, i) {
			fmt.Fprintf(&b, `<path d="M%d %dh%d" stroke-width="3"/>`, x-ending, height-ending, 2*ending)
		}
	}
	for i, s := range steps {
		y := head + row*(i+1)
		from, to := middle(s.from), middle(s.to)
		if s.from < 0 {
			from = to - column/2
			fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="3" fill="currentColor"/>`, from, y)
		}
		fmt.Fprintf(&b, `<path d="M%d %dH%d" marker-end="url(#tip)"/>`, from, y, to)
		written(&b, min(from, to)+barely, y-barely, "start", s.name)
	}
	b.WriteString("</svg></div>\n")
	return b.String()
}

// middle is where the line of a state is.
func middle(place int) int { return column * (place + 1) }

// named writes the name of a state above its line, in two lines where it is long.
func named(b *strings.Builder, x int, name string) {
	if len(name) <= perLine {
		written(b, x, head-2*barely, "middle", name)
		return
	}
	cut := strings.LastIndex(name[:perLine], "_") + 1
	written(b, x, head-2*barely-row/2, "middle", name[:cut])
	written(b, x, head-2*barely, "middle", name[cut:])
}

func written(b *strings.Builder, x, y int, anchor, text string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s" fill="currentColor" stroke="none" font-size="11">%s</text>`, x, y, anchor, html.EscapeString(text))
}
