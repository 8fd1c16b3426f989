package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/notices/events"
	sdk "github.com/handsel-dev/handsel/sdk/go"
)

// hooks is a receiver that verifies what it gets.
type hooks struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string
	got     []sdk.Event
	refused []error
}

func receive(t *testing.T, secrets ...string) *hooks {
	h := &hooks{secrets: secrets}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	e, failed := (&sdk.Webhook{Secrets: h.secrets}).Verify(r.Header, body)
	if err != nil || failed != nil {
		h.refused = append(h.refused, errors.Join(err, failed))
	}
	h.got = append(h.got, e)
	w.WriteHeader(http.StatusNoContent)
}

// sequences are the numbers of what has come, as they came.
func (h *hooks) sequences() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]int64, len(h.got))
	for i, e := range h.got {
		all[i] = e.Sequence
	}
	return all
}

// line is a server's address whose connections can be cut.
type line struct {
	net.Listener
	to   string
	mu   sync.Mutex
	open []net.Conn
}

func lineTo(t *testing.T, url string) *line {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	way := &line{Listener: l, to: strings.TrimPrefix(url, "http://")}
	t.Cleanup(func() { _ = l.Close(); way.cut() })
	go way.run(t.Context())
	return way
}

func (l *line) run(ctx context.Context) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := new(net.Dialer).DialContext(ctx, "tcp", l.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		l.mu.Lock()
		l.open = append(l.open, in, out)
		l.mu.Unlock()
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}

// Every play makes its event at handsel dev, and the ones that a marketplace needs are there.
func TestTrigger(t *testing.T) {
	t.Parallel()
	env := readEnvFile(t, dev(t))
	at := []string{"--url=" + env["HANDSEL_URL"], "--key=" + env["HANDSEL_API_KEY"], "--jwt-secret=" + env["HANDSEL_JWT_SECRET"]}
	var list bytes.Buffer
	if err := run(t.Context(), []string{"trigger"}, &list, &list); err != nil {
		t.Fatal(err)
	}
	says(t, list.String(), "transaction.created", "transaction.paid", "transaction.delivered", "transaction.complained", "transaction.refunded", "transaction.cancelled",
		"transaction.funds_released", "listing.created", "review.posted", "message.sent", "order.created", "order.completed", "dispute.opened")
	for _, p := range plays.Triggers() {
		t.Run(string(p.Event), func(t *testing.T) {
			t.Parallel()
			if k, known := events.Find(p.Event); !known || !k.Public {
				t.Errorf("%s is no public event", p.Event)
			}
			var out bytes.Buffer
			if err := run(t.Context(), append([]string{"trigger", string(p.Event)}, at...), &out, &out); err != nil || !strings.HasPrefix(out.String(), string(p.Event)+"  evt_") {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

var printedSecret = regexp.MustCompile(`signed with (whsec_\S+),`)

// What happens comes once and in order, signed with the secret of the machine, although the connection breaks again
// and again; and Ctrl-C ends it.
func TestListen(t *testing.T) {
	t.Parallel()
	env := readEnvFile(t, dev(t))
	way := lineTo(t, env["HANDSEL_URL"])
	home := t.TempDir()
	receiver := receive(t)
	environ := []string{"XDG_CONFIG_HOME=" + home, "HOME=" + home, "HANDSEL_URL=http://" + way.Addr().String(), "HANDSEL_API_KEY=" + env["HANDSEL_API_KEY"]}
	at := []string{"--url=" + env["HANDSEL_URL"], "--key=" + env["HANDSEL_API_KEY"], "--jwt-secret=" + env["HANDSEL_JWT_SECRET"]}
	play := func(name string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"trigger", name}, at...), &out, &out); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		return strings.Fields(out.String())[1]
	}
	play("listing.created") // before: it is not forwarded
	const types = "listing.*,transaction.transitioned"
	before := len(logged(t, env, types))
	p := start(t, environ, "listen", "--forward-to="+strings.TrimPrefix(receiver.URL, "http://")+"/hooks", "--types="+types)
	await(t, "the secret", func() bool { return printedSecret.MatchString(p.out()) })
	secret := printedSecret.FindStringSubmatch(p.out())[1]
	receiver.mu.Lock()
	receiver.secrets = []string{secret}
	receiver.mu.Unlock()

	for range 3 {
		play("transaction.delivered")
		way.cut()
		play("listing.changed")
	}
	last := play("listing.created")
	await(t, "the last line", func() bool { return strings.Contains(p.out(), last) })
	want := logged(t, env, types)[before:]
	if got := receiver.sequences(); !slices.Equal(got, want) {
		t.Errorf("came %v, happened %v", got, want)
	}
	says(t, p.out(), "the connection is there again", "transaction.transitioned", "  204  ", " ms  "+last)
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("Ctrl-C: %v", err)
	}
	says(t, p.out(), fmt.Sprintf("--after=%d goes on", want[len(want)-1]))

	// The secret stays; a resent event has its id; a receiver that is not there is told of.
	again := start(t, environ, "events", "resend", last, "--forward-to="+receiver.URL)
	if err := again.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, again.out())
	}
	receiver.Close()
	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	if n := len(receiver.got); string(receiver.got[n-1].ID) != last || len(receiver.refused) > 0 {
		t.Errorf("resent %v, refused %v", receiver.got[n-1], receiver.refused)
	}
	gone := start(t, environ, "events", "resend", last, "--forward-to="+receiver.URL)
	if err := gone.Wait(); err != nil {
		t.Fatal(err)
	}
	says(t, gone.out(), "listing.created", "connection")
	if info, err := os.Stat(filepath.Join(home, "handsel", "listen-secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file: %v, %v", info, err)
	}
}

// logged are the numbers of the log's events of some types.
func logged(t *testing.T, env map[string]string, types string) (all []int64) {
	t.Helper()
	for after, more := int64(0), true; more; {
		a := call(t, "GET", fmt.Sprintf("%s/v1/events?after=%d&type=%s", env["HANDSEL_URL"], after, types), env["HANDSEL_API_KEY"], "", "", "")
		var page struct {
			Items []struct{ Sequence int64 }
			Next  int64 `json:"next_after"`
			More  bool  `json:"has_more"`
		}
		if err := json.Unmarshal(a.Body, &page); err != nil {
			t.Fatalf("%s: %v", a.Body, err)
		}
		for _, e := range page.Items {
			all = append(all, e.Sequence)
		}
		after, more = page.Next, page.More
	}
	return all
}

// An endpoint of handsel dev on this machine needs no https, and the server sends it an event once more.
func TestDev_endpointOnThisMachine(t *testing.T) {
	t.Parallel()
	env := readEnvFile(t, dev(t))
	receiver := receive(t)
	made := call(t, "POST", env["HANDSEL_URL"]+"/v1/webhook-endpoints", env["HANDSEL_API_KEY"], "", "endpoint", `{"url":"`+receiver.URL+`/hooks","types":["listing.*"]}`)
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	receiver.mu.Lock()
	receiver.secrets = []string{made.field(t, "secret")}
	receiver.mu.Unlock()
	at := []string{"--url=" + env["HANDSEL_URL"], "--key=" + env["HANDSEL_API_KEY"]}
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"trigger", "listing.created"}, at...), &out, &out); err != nil {
		t.Fatal(err)
	}
	event := strings.Fields(out.String())[1]
	await(t, "the event", func() bool {
		// Its row is written after the answer came.
		noted := call(t, "GET", env["HANDSEL_URL"]+"/v1/webhook-endpoints/"+made.field(t, "id")+"/deliveries", env["HANDSEL_API_KEY"], "", "", "")
		return len(receiver.sequences()) == 1 && strings.Contains(string(noted.Body), event)
	})
	if err := run(t.Context(), append([]string{"events", "resend", event, "--endpoint=" + made.field(t, "id")}, at...), &out, &out); err != nil {
		t.Fatal(err)
	}
	await(t, "the event once more", func() bool { return len(receiver.sequences()) == 2 })
	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	if len(receiver.refused) > 0 || string(receiver.got[0].ID) != event || string(receiver.got[1].ID) != event {
		t.Errorf("got %v, refused %v", receiver.got, receiver.refused)
	}
}

// A server that is shutting down is asked again, from the last event on, and what it repeats is not forwarded.
func TestListen_comesBack(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	receiver := receive(t, secret)
	var mu sync.Mutex
	var asked []string
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch asked = append(asked, r.URL.Query().Get("after")); len(asked) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			_, _ = io.WriteString(w, "retry: 2000\n\n: still there\n\nid: 5\nevent: ad.created\ndata: {\"id\":\"evt_5\",\"sequence\":5}\n\nid: 6\ndata: {\"id\"")
		case 3:
			_, _ = io.WriteString(w, "id: 5\ndata: {\"id\":\"evt_5\",\"sequence\":5}\n\nid: 6\r\ndata: {\"id\":\"evt_6\",\"sequence\":6}\r\n\r\n")
		default:
			stop()
		}
	}))
	defer server.Close()
	var out bytes.Buffer
	if err := run(ctx, []string{"listen", "--url=" + server.URL, "--key=k", "--secret=" + secret, "--after=4", "--forward-to=" + receiver.URL}, &out, &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := receiver.sequences(); !slices.Equal(got, []int64{5, 6}) || !slices.Equal(asked, []string{"4", "4", "5", "6"}) {
		t.Errorf("came %v, asked after %v\n%s", got, asked, &out)
	}
	says(t, out.String(), "status 503", "--after=6 goes on")
}

// What cannot work is said at once, with what to do.
func TestListen_refusals(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"code":"unauthorized","detail":"this key is revoked"}`))
	}))
	defer server.Close()
	const secret = "--secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	at := []string{"--url=" + server.URL, "--key=hsk_test_1"}
	for want, args := range map[string][]string{
		"HANDSEL_API_KEY is not set":                        {"listen", "--forward-to=localhost:1", "--url=" + server.URL, secret},
		"is no address of a server":                         {"listen", "--forward-to=localhost:1", "--url=localhost:8420", "--key=k", secret},
		`there is no event "transaction.bought"`:            append(at, "listen", "--forward-to=localhost:1", "--types=transaction.bought", secret),
		"url_not_allowed":                                   append(at, "listen", "--forward-to=http://10.0.0.1/hooks", secret),
		"HANDSEL_LISTEN_SECRET is no secret":                append(at, "listen", "--forward-to=localhost:1", "--secret=hush"),
		"this key is revoked (unauthorized)":                append(at, "listen", "--forward-to=localhost:1", secret),
		"status 401: this key is revoked (unauthorized)":    append(at, "listen", "--forward-to=localhost:1", "--after=0", secret),
		"say where to":                                      append(at, "events", "resend", "evt_1"),
		`nothing is there to play for "transaction.bought"`: append(at, "trigger", "transaction.bought"),
		"use the key of handsel dev":                        {"trigger", "listing.created", "--url=" + server.URL, "--key=hsk_live_1"},
	} {
		if len(args) > 2 && strings.HasPrefix(args[0], "--") {
			args = append(slices.Clone(args[2:]), args[:2]...)
		}
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(fmt.Sprintf("%v", err), want) {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}

// A secret's file that has none is not written over, and two who make one have the same.
func TestListen_keptSecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "handsel", "listen-secret")
	made := make([]string, 8)
	var work sync.WaitGroup
	for i := range made {
		work.Go(func() {
			s, err := keptSecret(path)
			if err != nil {
				t.Error(err)
			}
			made[i] = s.Reveal()
		})
	}
	work.Wait()
	if slices.Sort(made); made[0] == "" || made[0] != made[len(made)-1] {
		t.Errorf("made %q", made)
	}
	if err := os.WriteFile(path, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptSecret(path); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Error(err)
	}
}
