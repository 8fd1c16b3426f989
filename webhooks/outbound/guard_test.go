package outbound_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// hostile are addresses that must not get an attempt. Those with a name are looked up:
// the resolver of the test answers with what stands behind the bar.
var hostile = []string{
	// Not https, or not an address of the web at all.
	"http://shop.example.com/hooks", "ftp://shop.example.com/", "file:///etc/passwd", "gopher://shop.example.com/_x", "unix:///var/run/docker.sock",
	"javascript:alert(1)", "//shop.example.com/", "https:shop.example.com", "https://", "https:///hooks", "", "shop.example.com/hooks",
	// Somebody's name, and places behind it that another reader takes for the host.
	"https://user@shop.example.com/", "https://user:pass@shop.example.com/", "https://shop.example.com@169.254.169.254/", "https://shop.example.com\\@127.0.0.1/",
	"https://shop.example.com#@127.0.0.1/", "https://127.0.0.1#@shop.example.com/", "https://shop.example.com/\r\nHost: x", "https://shop .example.com/", "https://shop.example.com\t/",
	// Ports.
	"https://shop.example.com:22/", "https://shop.example.com:80/", "https://shop.example.com:5432/", "https://shop.example.com:6379/", "https://shop.example.com:0/",
	"https://shop.example.com:65536/", "https://shop.example.com:/", "https://shop.example.com:-1/", "https://shop.example.com:443443/",
	// This machine, and how else it is written.
	"https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://127.255.255.254/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
	"https://017700000001/", "https://0/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://localhost/", "https://LOCALHOST/", "https://localhost./",
	"https://foo.localhost/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://127.0.0.1./", "https://①②⑦.0.0.1/", "https://127。0。0。1/",
	// Networks inside.
	"https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/", "https://169.254.1.1/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
	"https://[fc00::1]/", "https://[fd12:3456::1]/", "https://[fec0::1]/", "https://192.0.0.1/", "https://198.18.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
	// What clouds tell machines about themselves.
	"https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://[::ffff:169.254.169.254]/",
	"https://[fd00:ec2::254]/", "https://metadata.google.internal/", "https://100.100.100.200/", "https://168.63.129.16/", "https://192.0.0.192/",
	// Many at once, and what leads to IPv4 inside of IPv6.
	"https://224.0.0.1/", "https://[ff02::1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001::7f00:1]/", "https://[2001:db8::1]/", "https://[100::1]/",
	// Names that the Internet does not know.
	"https://intranet/", "https://printer.local/", "https://db.internal/", "https://a..example.com/", "https://1.1.1.1.0x7f/", "https://shop.example.com%2f@127.0.0.1/",
	// Names that stand for what is inside.
	"https://inside.example.com/|10.0.0.1", "https://mapped.example.com/|::ffff:10.0.0.1", "https://mixed.example.com/|93.184.215.14,169.254.169.254", "https://six.example.com/|fd00:ec2::254",
	"https://nat.example.com/|64:ff9b::7f00:1", "https://mine.example.com/|127.0.0.1", "https://none.example.com/|",
}

// An address that leads inside is refused when it is stored, or gets no connection.
func TestGuard_hostile(t *testing.T) {
	t.Parallel()
	if len(hostile) < 60 {
		t.Fatalf("%d addresses", len(hostile))
	}
	for _, line := range hostile {
		address, answer, named := strings.Cut(line, "|")
		g := outbound.Guard{Lookup: func(context.Context, string) ([]netip.Addr, error) {
			var found []netip.Addr
			for _, text := range strings.Split(answer, ",") {
				if a, err := netip.ParseAddr(text); err == nil {
					found = append(found, a)
				}
			}
			return found, nil
		}}
		err := g.Check(address)
		if !named && err == nil {
			t.Errorf("%q is stored", address)
		}
		if !named {
			if a := attempt(t, g, address); a.Error != "not_allowed" || a.Status != 0 {
				t.Errorf("%q gets an attempt: %+v", address, a)
			}
			continue
		}
		u, _ := url.Parse(address)
		if err != nil {
			t.Errorf("%q is refused for its name: %v", address, err)
		}
		if conn, err := g.Dial(t.Context(), "tcp", net.JoinHostPort(u.Hostname(), "443")); err == nil {
			_ = conn.Close()
			t.Errorf("%q gets a connection", address)
		}
	}
}

// What is fine is stored; with settings, so is more.
func TestGuard_allows(t *testing.T) {
	t.Parallel()
	private := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for _, test := range []struct {
		address string
		guard   outbound.Guard
	}{
		{"https://shop.example.com/hooks?a=1", outbound.Guard{}},
		{"https://shop.example.com:443", outbound.Guard{}},
		{"https://SHOP.example.com./x", outbound.Guard{}},
		{"https://93.184.215.14/", outbound.Guard{}},
		{"https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", outbound.Guard{}},
		{"https://shop.example.com:8443/", outbound.Guard{Ports: []int{443, 8443}}},
		{"https://10.1.2.3/", outbound.Guard{Networks: private}},
		{"http://localhost:3000/hooks", outbound.Guard{Loopback: true}},
		{"http://127.0.0.1:3000/hooks", outbound.Guard{Loopback: true}},
		{"http://[::1]:3000/hooks", outbound.Guard{Loopback: true}},
	} {
		if err := test.guard.Check(test.address); err != nil {
			t.Errorf("%q: %v", test.address, err)
		}
	}
	for _, address := range []string{"http://10.1.2.3/", "https://10.2.0.1/", "http://shop.example.com/"} {
		if (outbound.Guard{Loopback: true, Networks: private}).Check(address) == nil {
			t.Errorf("%q is stored", address)
		}
	}
}

// A name that stands for something else at the second look gets no connection then, and
// the first one went to just the address that was looked at.
func TestGuard_rebinding(t *testing.T) {
	t.Parallel()
	asked := 0
	// Loopback plays the public address here, so that there is somebody to connect to.
	g := outbound.Guard{Loopback: true, Lookup: func(context.Context, string) ([]netip.Addr, error) {
		if asked++; asked == 1 {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	conn, err := g.Dial(t.Context(), "tcp", "shop.example.com:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if asked != 1 {
		t.Errorf("looked up %d times for one connection", asked)
	}
	if conn, err := g.Dial(t.Context(), "tcp", "shop.example.com:"+port); err == nil {
		_ = conn.Close()
		t.Error("a connection to the metadata service")
	}
}

func attempt(t *testing.T, g outbound.Guard, address string) outbound.Attempt {
	t.Helper()
	return newSender(t, g, time.Second).Send(t.Context(), address, "evt_1", []byte("{}"), outbound.NewSigner(nil, at))
}

var at = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

func newSender(t *testing.T, g outbound.Guard, timeout time.Duration) *outbound.Sender {
	t.Helper()
	s, err := outbound.NewSender(outbound.SenderConfig{Guard: g, Timeout: timeout, Now: func() time.Time { return at }, Elapsed: stopwatch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func stopwatch() func() time.Duration {
	begun := time.Now()
	return func() time.Duration { return time.Since(begun) }
}

// What receivers answer: a redirect is not followed, an answer that never ends is not read on, one
// that hangs is left.
func TestSend_answers(t *testing.T) {
	t.Parallel()
	followed := false
	mux := http.NewServeMux()
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	mux.HandleFunc("/home", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/followed", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/followed", func(http.ResponseWriter, *http.Request) { followed = true })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write([]byte(strings.Repeat("x", 1000))); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then a server hears that its client has gone
		<-r.Context().Done()
	})
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("a\x00b\xffc"))
	})
	mux.HandleFunc("/reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	receiver := httptest.NewServer(mux)
	defer receiver.Close()
	s := newSender(t, outbound.Guard{Loopback: true}, 300*time.Millisecond)
	for path, want := range map[string]struct {
		status, length int
		failure        string
	}{
		"/redirect": {302, -1, "redirect"}, "/home": {307, -1, "redirect"}, "/endless": {200, 1024, ""}, "/hangs": {0, 0, "timeout"},
		"/busy": {503, 3, ""}, "/reset": {0, 0, "connection"}, "/gone": {410, 0, ""},
	} {
		a := s.Send(t.Context(), receiver.URL+path, "evt_1", []byte("{}"), outbound.NewSigner(nil, at))
		if a.Status != want.status || a.Error != want.failure || want.length >= 0 && len(a.Answer) != want.length {
			t.Errorf("%s: %d %q, %d bytes of answer", path, a.Status, a.Error, len(a.Answer))
		}
		if a.OK() != (path == "/endless") || a.Gone() != (path == "/gone") {
			t.Errorf("%s counts as %v and %v", path, a.OK(), a.Gone())
		}
	}
	if followed {
		t.Error("a redirect was followed")
	}
}

// What a receiver answers is kept without card numbers, and what it hides is seen.
func TestSend_keeps(t *testing.T) {
	t.Parallel()
	said := ""
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(said)) }))
	defer receiver.Close()
	s := newSender(t, outbound.Guard{Loopback: true}, time.Second)
	for answer, want := range map[string]string{
		"paid by 4111 1111 1111 1111":                  "paid by **** **** **** ****",
		`{"pan":"4111\u003111111111111"}`:              `{"pan":"****\u***************"}`,
		"order 4111111111111112":                       "order 4111111111111112", // no card has this number
		"\x1b[2Jgone\r\n\tnext":                        `\x1b[2Jgone\r` + "\n\tnext",
		"a\u202eb\u2066c\u200bd\u0085e\u2028f":         `a\u202eb\u2066c\u200bd\u0085e\u2028f`,
		strings.Repeat("x", 1016) + "4111111111111111": strings.Repeat("x", 1016) + "********",
		strings.Repeat("x", 1020) + "\u202e and more":  strings.Repeat("x", 1020),
	} {
		said = answer
		if a := s.Send(t.Context(), receiver.URL, "evt_1", []byte("{}"), outbound.NewSigner(nil, at)); a.Answer != want {
			t.Errorf("%q is kept as %q, want %q", answer, a.Answer, want)
		}
	}
}
