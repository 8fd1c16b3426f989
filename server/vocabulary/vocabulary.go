// Package vocabulary explains the names of the API, for its description: members, parameters,
// kinds of values and tags. What can be listed comes of the catalogues.
package vocabulary

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/server/web"
)

//go:embed members.txt
var members string

//go:embed refusals.txt
var refusals string

//go:embed examples.json
var examples []byte

// Words are all of them.
func Words() (web.Words, error) {
	w := web.Words{Kinds: kinds(), Tags: tags, Codes: everywhere(), Members: map[string]web.Word{}, Refused: map[string][]web.Seen{}, Names: names, Told: told()}
	if err := readMembers(w); err != nil {
		return w, err
	}
	if err := json.Unmarshal(examples, &w.Examples); err != nil {
		return w, fmt.Errorf("vocabulary: examples.json: %w", err)
	}
	return w, readRefusals(w)
}

var memberLine = regexp.MustCompile(`^(\S+)(?: \((\w+)(, several)?\))?: (.+)$`)

func readMembers(w web.Words) error {
	for line := range strings.Lines(members) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		m := memberLine.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("vocabulary: members.txt: wrong line %q; a line is \"name (Kind): text\", or \"name (Kind, several): text\"", line)
		}
		if _, ok := w.Kinds[m[2]]; m[2] != "" && !ok {
			return fmt.Errorf("vocabulary: members.txt: %s has the unknown kind %s", m[1], m[2])
		}
		if _, twice := w.Members[m[1]]; twice {
			return fmt.Errorf("vocabulary: members.txt: %s stands there twice", m[1])
		}
		w.Members[m[1]] = web.Word{Text: m[4], Kind: m[2], Several: m[3] != ""}
	}
	return nil
}

// readRefusals reads lines of an operation, a status and its codes.
func readRefusals(w web.Words) error {
	for line := range strings.Lines(refusals) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 3 {
			return fmt.Errorf("vocabulary: refusals.txt: wrong line %q; a line is an operation, a status and codes", line)
		}
		status, err := strconv.Atoi(words[1])
		if err != nil {
			return fmt.Errorf("vocabulary: refusals.txt: %w", err)
		}
		w.Refused[words[0]] = append(w.Refused[words[0]], web.Seen{Status: status, Codes: words[2:]})
	}
	return nil
}
