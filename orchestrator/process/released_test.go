package process_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
)

var release = flag.Bool("release", false, "write the digests of the processes to released.txt")

// What was released is what there is: a change of a table is deliberate.
func TestReleased(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	for _, p := range catalog.All() {
		found := explorations()[p.Ref()]
		if found.err != nil {
			t.Fatal(found.err)
		}
		lines.WriteString(found.report.Pin.String() + "\n")
	}
	if *release {
		if err := os.WriteFile("released.txt", []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("released.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != lines.String() {
		t.Errorf("released.txt is\n%s\nthe processes are\n%s\na released process is not edited; before a release run make release-processes", kept, lines.String())
	}
}
