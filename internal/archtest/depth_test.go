package archtest_test

import (
	"strings"
	"testing"
)

// The rooms at the top of the repository, from money to server, stand on at most so many
// floors: who follows a change through all of them opens no more. cmd stands above them, and
// internal holds what several of them use and what puts them together.
const floors = 5

func TestDepth(t *testing.T) {
	t.Parallel()
	above := map[string]map[string]bool{} // a room, and those that it imports
	for _, p := range listPackages(t) {
		room := roomOf(p.folder())
		if above[room] == nil {
			above[room] = map[string]bool{}
		}
		for _, imported := range p.Imports {
			if other := roomOf(short(imported)); isOwn(imported) && other != room {
				above[room][other] = true
			}
		}
	}
	for room := range above {
		if path := highest(above, room); len(path) > floors {
			t.Errorf("%s stands on %d floors, at most %d may be: %s", room, len(path), floors, strings.Join(path, " → "))
		}
	}
}

func roomOf(folder string) string {
	room, _, _ := strings.Cut(folder, "/")
	return room
}

// highest is the longest way down from a room. Rooms import one another in no circle, once
// cmd and internal are left out.
func highest(above map[string]map[string]bool, room string) []string {
	if room == "cmd" || room == "internal" {
		return nil
	}
	var longest []string
	for other := range above[room] {
		if path := highest(above, other); len(path) > len(longest) {
			longest = path
		}
	}
	return append([]string{room}, longest...)
}
