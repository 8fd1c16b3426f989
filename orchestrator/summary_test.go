package orchestrator_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// summary counts cells, and collects why others cannot be.
type summary struct {
	mu      sync.Mutex
	count   map[string]map[string]int
	reasons map[string]bool
}

func newSummary() *summary {
	return &summary{count: map[string]map[string]int{}, reasons: map[string]bool{}}
}

func (s *summary) ran(gateway string, c cell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[gateway] == nil {
		s.count[gateway] = map[string]int{}
	}
	s.count[gateway][c.at.id()]++
}

func (s *summary) not(gateway string, ops []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		for _, p := range op.points() {
			if why := op.cannot(p); why != "" {
				s.reasons[fmt.Sprintf("%-8s %-18s %s: %s", gateway, op.name, p.name, why)] = true
			}
		}
	}
}

// print shows the table; go test shows it with -v.
func (s *summary) print(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var table strings.Builder
	all := 0
	for _, gateway := range slices.Sorted(maps.Keys(s.count)) {
		fmt.Fprintf(&table, "%-8s", gateway)
		for i := range 16 {
			n := s.count[gateway][fmt.Sprintf("F%d", i+1)]
			fmt.Fprintf(&table, " F%d:%d", i+1, n)
			all += n
		}
		table.WriteString("\n")
	}
	t.Logf("%d cells ran:\n%s\ncells that cannot be:\n%s", all, table.String(), strings.Join(slices.Sorted(maps.Keys(s.reasons)), "\n"))
}
