// Package stagetest records what an emulator says: a script of requests is played, and every answer and every webhook is
// compared with a recording, byte for byte.
package stagetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// TB is the part of *testing.T that Play needs.
type TB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Receiver is the network that webhooks go to. Their requests are recorded and answered with 200, or with the statuses of
// Refuse first. It is an http.RoundTripper.
type Receiver struct {
	mu     sync.Mutex
	refuse []int
	heard  strings.Builder
}

// Refuse sets the statuses of the next answers.
func (v *Receiver) Refuse(statuses ...int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refuse = statuses
}

// RoundTrip records a webhook.
func (v *Receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	status := http.StatusOK
	if len(v.refuse) > 0 {
		status, v.refuse = v.refuse[0], v.refuse[1:]
	}
	fmt.Fprintf(&v.heard, "> %s %s\n", r.Method, r.URL)
	printHeader(&v.heard, ">", r.Header)
	fmt.Fprintf(&v.heard, "%s\n", body)
	return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

func (v *Receiver) take() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	heard := v.heard.String()
	v.heard.Reset()
	return heard
}

// Play is one run of a script.
type Play struct {
	Emulator http.Handler
	Receiver *Receiver
	// Settled waits until the emulator has sent its webhooks.
	Settled func(context.Context) error
	// Acts are what a step "CALL name" does.
	Acts map[string]func()
	kept map[string]string
}

// step is one part of a script: a title, a request line, headers, an empty line and a body. Besides real headers there are
// Key (the user name of Basic auth), Keep (a name for what is in the answer, which later steps write as $name: its id, or
// the field whose name follows, or * for all of it), Repeat (the body so many times) and Host.
type step struct {
	title, method, path, body string
	header                    map[string]string
}

// Run plays a script and compares it with a recording; update writes the recording instead.
func (p *Play) Run(t TB, script, recording string, update bool) {
	t.Helper()
	p.kept = map[string]string{}
	var out strings.Builder
	for _, s := range parse(script) {
		fmt.Fprintf(&out, "### %s\n%s %s\n", s.title, s.method, s.path)
		p.step(t, s, &out)
		if err := p.Settled(t.Context()); err != nil {
			t.Fatalf("%s: %v", s.title, err)
		}
		out.WriteString(p.Receiver.take() + "\n")
	}
	if update {
		if err := os.WriteFile(recording, []byte(out.String()), 0o600); err != nil {
			t.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(recording)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if d := firstDifference(string(want), out.String()); d != "" {
		t.Errorf("the emulator says something else than recorded:\n%s", d)
	}
}

func parse(text string) []step {
	var steps []step
	for _, part := range strings.Split("\n"+text, "\n### ")[1:] {
		head, body, _ := strings.Cut(part, "\n\n")
		lines := strings.Split(head, "\n")
		s := step{title: lines[0], body: strings.TrimSpace(body), header: map[string]string{}}
		s.method, s.path, _ = strings.Cut(lines[1], " ")
		for _, line := range lines[2:] {
			name, value, _ := strings.Cut(line, ": ")
			s.header[name] = value
		}
		steps = append(steps, s)
	}
	return steps
}

func (p *Play) step(t TB, s step, out io.Writer) {
	if s.method == "CALL" {
		act := p.Acts[s.path]
		if act == nil {
			t.Fatalf("%s: there is no act %q", s.title, s.path)
		}
		act()
		return
	}
	fill := func(text string) string {
		for _, name := range slices.Backward(slices.Sorted(maps.Keys(p.kept))) { // $ab before $a
			text = strings.ReplaceAll(text, "$"+name, p.kept[name])
		}
		return text
	}
	times, err := strconv.Atoi(s.header["Repeat"])
	if err != nil {
		times = 1
	}
	r := httptest.NewRequestWithContext(t.Context(), s.method, fill(s.path), strings.NewReader(strings.Repeat(fill(s.body), times)))
	r.Host = "127.0.0.1"
	for name, value := range s.header {
		switch name {
		case "Key":
			r.SetBasicAuth(value, "")
		case "Host":
			r.Host = value
		case "Keep", "Repeat":
		default:
			r.Header.Set(name, fill(value))
		}
	}
	w := httptest.NewRecorder()
	p.Emulator.ServeHTTP(w, r)
	answer := w.Result()
	fmt.Fprintf(out, "< %d\n", answer.StatusCode)
	printHeader(out, "<", answer.Header)
	fmt.Fprintf(out, "%s\n", w.Body)
	if name, field, _ := strings.Cut(s.header["Keep"], " "); name != "" {
		p.keep(t, s.title, name, field, w.Body.Bytes())
	}
}

func (p *Play) keep(t TB, title, name, field string, body []byte) {
	if field == "*" {
		p.kept[name] = string(body)
		return
	}
	var made map[string]json.RawMessage
	if err := json.Unmarshal(body, &made); err != nil || len(made[cmp.Or(field, "id")]) == 0 {
		t.Fatalf("%s: there is nothing to keep as %s: %s", title, name, body)
	}
	p.kept[name] = strings.Trim(string(made[cmp.Or(field, "id")]), `"`)
}

func printHeader(out io.Writer, mark string, header http.Header) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		fmt.Fprintf(out, "%s %s: %s\n", mark, name, strings.Join(header[name], ", "))
	}
}

// firstDifference shows the first lines that differ, under the title of their step.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	title := ""
	for i := range max(len(a), len(b)) {
		x, y := "(nothing more)", "(nothing more)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if strings.HasPrefix(x, "### ") {
			title = x
		}
		if x != y {
			return fmt.Sprintf("%s\nline %d\nrecorded %s\nsaid     %s", title, i+1, x, y)
		}
	}
	return ""
}
