package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/server"
)

// diary is a feed in memory.
type diary struct {
	mu      sync.Mutex
	entries map[string][]feed.Entry
}

func (d *diary) add(user, kind string, newer bool, data string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := int64(len(d.entries[user]) + 1)
	d.entries[user] = append(d.entries[user], feed.Entry{
		CommunityID: ours, UserID: user, Sequence: n, ID: fmt.Sprintf("%d.%s", n, kind), Type: kind, Newer: newer,
		Data: json.RawMessage(data), At: epoch,
	})
}

func (d *diary) FeedEntries(_ context.Context, community int64, user string, after int64, limit int) ([]feed.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.entries[user]
	if community != ours || after >= int64(len(all)) {
		return nil, nil
	}
	return slices.Clone(all[after:min(after+int64(limit), int64(len(all)))]), nil
}

func (d *diary) LastEntry(_ context.Context, _ int64, user string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.entries[user])), nil
}

// line is a market with its websocket open to the network.
type line struct {
	*market
	diary *diary
	url   string
}

func newLine(t *testing.T, change func(*server.Exchange)) *line {
	t.Helper()
	l := &line{diary: &diary{entries: map[string][]feed.Entry{}}}
	l.market = newExchangeWith(t, func(x *server.Exchange) {
		x.Feed = l.diary
		change(x)
	})
	listener := httptest.NewServer(l.server.Handler())
	t.Cleanup(listener.Close)
	l.url = "ws" + strings.TrimPrefix(listener.URL, "http") + "/ws/p2p/"
	return l
}

func asIs(*server.Exchange) {}

// told adds an entry and wakes who waits for it.
func (l *line) told(user, kind string, newer bool, data string) {
	l.diary.add(user, kind, newer, data)
	l.hub.Wake(ours, user)
}

func (l *line) ticket(t *testing.T, user string) string {
	t.Helper()
	return l.ask(t, user, "POST", "/p2p/ws-ticket", nil).is(200).exactly("entity", "ticket", "expires_in").
		has(map[string]string{"status": "success", "message": "<nil>", "entity.expires_in": "30"}).at("entity.ticket")
}

// join opens a websocket with a ticket.
func (l *line) join(t *testing.T, user, query string) *wsClient {
	t.Helper()
	c := dial(t, l.url+"?ticket="+l.ticket(t, user)+query, nil)
	c.next("open")
	return c
}

// Seed 000, "Listening for real time messages", and contract 45: the messages as
// they are printed, with what is added.
func TestSocket_messages(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	messages := []struct{ kind, data string }{
		{"funds_released", `{"message":"Funds have been released","amount":100000.0,"type":"funds_released","crypto_currency":"usdt"}`},
		{"ad_interest", `{"message":"You have an interested buyer on your p2p ad","type":"ad_interest","ad_id":2,"offer_id":12}`},
		{"offer_cancel", `{"message":"Kyrian has cancelled their offer regarding your P2P advertisement.","type":"offer_cancel","offer_id":12}`},
		{"payment_indication", `{"message":"Kyrian has claimed to have made payment regarding your P2P advertisement.","type":"payment_indication","offer_id":12}`},
	}
	l.diary.add(ann, "ad_interest", false, `{"message":"before"}`)
	c := l.join(t, ann, "")
	for i, m := range messages {
		l.told(ann, m.kind, false, m.data)
		l.told(bob, m.kind, false, m.data) // is nobody's business here
		got := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(c.message().body), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(m.data), &want); err != nil {
			t.Fatal(err)
		}
		want["event_id"] = json.RawMessage(fmt.Sprintf(`"%d.%s"`, i+2, m.kind))
		want["seq"] = json.RawMessage(fmt.Sprint(i + 2))
		want["occurred_at"] = json.RawMessage(`"2030-01-02T03:04:05Z"`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", m.kind, diff)
		}
	}
}

// Contract 43: a ticket works once, for 30 seconds, at every replica. S15: and for
// pages of the origin that asked for it.
func TestSocket_ticket(t *testing.T) {
	t.Parallel()
	l := newLine(t, func(x *server.Exchange) {
		x.AllowedOrigins = []string{"https://market.example.com", "https://other.example.com"}
	})
	ticket := l.ticket(t, ann)
	if len(ticket) < 26 { // of 32 signs: 130 bits
		t.Errorf("ticket %q is too short", ticket)
	}
	dial(t, l.url+"?ticket="+ticket, nil).next("open")
	const detail = `{"detail":"Authentication credentials were not provided."}`
	for _, query := range []string{"?ticket=" + ticket, "?ticket=guess", "?ticket="} {
		if a := dial(t, l.url+query, nil).refused(401); a.body != detail {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	for origin, works := range map[string]bool{"https://market.example.com": true, "": false, "https://other.example.com": false} {
		bought := l.ask(t, ann, "POST", "/p2p/ws-ticket", nil, header("Origin", "https://market.example.com")).is(200).at("entity.ticket")
		c := dial(t, l.url+"?ticket="+bought, map[string]string{"Origin": origin})
		if works {
			c.next("open")
		} else {
			c.refused(401)
		}
	}
	late := l.ticket(t, ann)
	l.clock.advance(30 * time.Second)
	dial(t, l.url+"?ticket="+late, nil).refused(401)
	for _, secret := range []string{ticket, late} {
		if strings.Contains(l.log.String(), secret) {
			t.Error("a ticket is in the log")
		}
	}
}

// The query ?token= of seed 000 is refused unless it is switched on, and never logged.
func TestSocket_tokenInQuery(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		l := newLine(t, func(x *server.Exchange) { x.TokenInQuery = on })
		token := l.token(ann, time.Hour)
		c := dial(t, l.url+"?token="+token, nil)
		if !on {
			c.refused(401)
		} else {
			c.next("open")
			l.told(ann, "ad_interest", false, `{"ad_id":1}`)
			c.message().has(map[string]string{"seq": "1"})
			dial(t, l.url+"?token=nonsense", nil).refused(401)
		}
		if log := l.log.String(); strings.Contains(log, token) || strings.Contains(log, "token=") {
			t.Errorf("a token is in the log:\n%s", log)
		}
		if !strings.Contains(l.log.String(), "route=/ws/p2p") {
			t.Error("the request is not in the log")
		}
	}
}

// Contract 44: the first message.
func TestSocket_firstMessage(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	auth := func(token string) string { return `{"type":"auth","token":"` + token + `"}` }
	good := dial(t, l.url, nil)
	good.next("open")
	good.send(auth(l.token(ann, time.Hour)))
	// There is no answer: the login is over when an event comes, whichever is first.
	l.told(ann, "ad_interest", false, `{"ad_id":1}`)
	resumed := dial(t, l.url+"?last_seq=0", nil)
	resumed.next("open")
	resumed.send(auth(l.token(ann, time.Hour)))
	resumed.message().has(map[string]string{"type": "ad_interest", "seq": "1"})
	for _, message := range []string{auth("nonsense"), auth(l.token(ann, -time.Hour)), `{"type":"hello"}`, `{"type":"auth","token":"x","more":1}`, "hello", auth("")} {
		c := dial(t, l.url, nil)
		c.next("open")
		c.send(message)
		c.ends(4401)
	}
	l.trading.ban(bob, true)
	c := dial(t, l.url, nil)
	c.next("open")
	c.send(auth(l.token(bob, time.Hour)))
	c.ends(4401)
	long := dial(t, l.url, nil)
	long.next("open")
	long.send(auth(strings.Repeat("x", 5000)))
	long.ends(1009)
}

// Contract 44 and S14: silence, expiry, a ban and a message out of turn end it.
func TestSocket_ends(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	l.server.Sockets.Hurry(50*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond)
	silent := dial(t, l.url, nil)
	silent.next("open")
	silent.ends(4401)

	expiring := dial(t, l.url+"?ticket="+l.ask(t, carl, "POST", "/p2p/ws-ticket", nil, header("Authorization", "Bearer "+l.token(carl, time.Second))).is(200).at("entity.ticket"), nil)
	expiring.next("open")
	expiring.ends(4401)

	talking := l.join(t, ann, "")
	talking.send("hello?")
	talking.ends(1008)

	banned := l.join(t, bob, "")
	l.trading.ban(bob, true)
	banned.ends(4401)
}

// An entry that nobody woke us for is found by looking; v=2 sees all types.
func TestSocket_versions(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	l.server.Sockets.Hurry(time.Minute, 10*time.Millisecond, time.Minute)
	old, newer := l.join(t, ann, ""), l.join(t, ann, "&v=2")
	l.diary.add(ann, "offer_disputed", true, `{"offer_id":1}`)
	l.diary.add(ann, "offer_cancel", false, `{"offer_id":1}`)
	newer.message().has(map[string]string{"type": "offer_disputed", "seq": "1"})
	newer.message().has(map[string]string{"type": "offer_cancel", "seq": "2"})
	old.message().has(map[string]string{"type": "offer_cancel", "seq": "2"})
}

// Contract 45: a dropped connection resumes at another replica, without loss or
// repeat.
func TestSocket_resume(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	config := l.server.Config
	config.Registry = nil
	replica, err := server.New(config)
	l.must(err)
	t.Cleanup(func() { l.must(replica.CloseSockets(context.Background())) })
	other := httptest.NewServer(replica.Handler())
	t.Cleanup(other.Close)
	const all = 250 // more than are read at once
	first := l.join(t, ann, "")
	var seen []string
	for n := range all {
		l.told(ann, "ad_interest", false, fmt.Sprintf(`{"offer_id":%d}`, n))
		if n < 20 {
			seen = append(seen, first.message().at("offer_id"))
		}
	}
	first.command(wsCommand{Terminate: true})
	url := "ws" + strings.TrimPrefix(other.URL, "http") + "/ws/p2p?last_seq=20&ticket=" + l.ticket(t, ann)
	second := dial(t, url, nil)
	second.next("open")
	l.told(ann, "ad_interest", false, fmt.Sprintf(`{"offer_id":%d}`, all))
	for len(seen) <= all {
		seen = append(seen, second.message().at("offer_id"))
	}
	for n, id := range seen {
		if id != fmt.Sprint(n) {
			t.Fatalf("message %d is of offer %s", n, id)
		}
	}
	ahead := l.join(t, ann, "&last_seq=999999")
	l.told(ann, "ad_interest", false, `{"offer_id":-1}`)
	ahead.message().has(map[string]string{"offer_id": "-1"})
}

// H14: in development pages of this machine may open it, whatever their port.
func TestH14_localOrigins(t *testing.T) {
	t.Parallel()
	l := newLine(t, func(x *server.Exchange) { x.LocalOrigins = true })
	for origin, allowed := range map[string]bool{
		"http://localhost:5173": true, "http://127.0.0.1:3000": true, "https://[::1]:8443": true,
		"http://localhost.evil.example": false, "http://10.0.0.1": false, "file://localhost": false,
	} {
		c := dial(t, l.url+"?ticket="+l.ticket(t, bob), map[string]string{"Origin": origin})
		if allowed {
			c.next("open")
		} else {
			c.refused(400).has(map[string]string{"code": "ORIGIN_NOT_ALLOWED"})
		}
	}
}

// S15: pages of other origins, odd queries, and the sixth websocket of a user.
func TestSocket_refused(t *testing.T) {
	t.Parallel()
	l := newLine(t, func(x *server.Exchange) { x.AllowedOrigins = []string{"https://market.example.com"} })
	for origin, allowed := range map[string]bool{
		"https://market.example.com": true, "http://market.example.com": false, "https://market.example.com.evil.example": false,
		"https://evil.example": false, "null": false, "http://" + strings.TrimPrefix(strings.TrimSuffix(l.url, "/ws/p2p/"), "ws://"): false,
	} {
		c := dial(t, l.url+"?ticket="+l.ticket(t, bob), map[string]string{"Origin": origin})
		if allowed {
			c.next("open")
		} else {
			c.refused(400).has(map[string]string{"code": "ORIGIN_NOT_ALLOWED"})
		}
	}
	for _, query := range []string{"?last_seq=x", "?last_seq=-1", "?v=3", "?v=0", "?cookie=1", "?last_seq=1&last_seq=2"} {
		dial(t, l.url+query, nil).refused(400).has(map[string]string{"code": "VALIDATION_ERROR"})
	}
	for range 5 {
		l.join(t, ann, "")
	}
	dial(t, l.url+"?ticket="+l.ticket(t, ann), nil).refused(429)
	c := dial(t, l.url, nil)
	c.next("open")
	c.send(`{"type":"auth","token":"` + l.token(ann, time.Hour) + `"}`)
	c.ends(4429)
	l.ask(t, ann, "GET", "/ws/p2p/", nil).is(426)
}

// Who does not read is let go, and does not hold up others.
func TestSocket_slowReader(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	l.server.Sockets.HurryWrites(200 * time.Millisecond)
	slow := make([]*wsClient, 5)
	for i := range slow {
		slow[i] = l.join(t, ann, "")
		slow[i].command(wsCommand{Pause: true})
	}
	dial(t, l.url+"?ticket="+l.ticket(t, ann), nil).refused(429)
	big := `{"text":"` + strings.Repeat("x", 1<<20) + `"}`
	for range 40 { // more than the buffers between us take
		l.told(ann, "ad_interest", false, big)
	}
	l.server.Sockets.Wait(0)
	l.join(t, ann, "")
}

// Shutting down ends every websocket, and says so.
func TestSocket_shutdown(t *testing.T) {
	t.Parallel()
	l := newLine(t, asIs)
	known := l.join(t, ann, "")
	unknown := dial(t, l.url, nil)
	unknown.next("open")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l.must(l.server.CloseSockets(ctx))
	known.ends(1001)
	unknown.ends(1001)
	late := l.join(t, ann, "")
	late.ends(1001)
}
