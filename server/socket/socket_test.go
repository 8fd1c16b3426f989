package socket_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/trade"
)

// Seed 000, "Listening for real time messages", and contract 45: the messages as
// they are printed, with what is added.
func TestSocket_messages(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	messages := []struct{ kind, data string }{
		{"funds_released", `{"message":"Funds have been released","amount":100000.0,"type":"funds_released","crypto_currency":"usdt"}`},
		{"ad_interest", `{"message":"You have an interested buyer on your p2p ad","type":"ad_interest","ad_id":2,"offer_id":12}`},
		{"offer_cancel", `{"message":"Kyrian has cancelled their offer regarding your P2P advertisement.","type":"offer_cancel","offer_id":12}`},
		{"payment_indication", `{"message":"Kyrian has claimed to have made payment regarding your P2P advertisement.","type":"payment_indication","offer_id":12}`},
	}
	l.Diary.Add(facetest.Ann, "ad_interest", false, `{"message":"before"}`)
	c := l.Join(t, facetest.Ann, "")
	for i, m := range messages {
		l.Told(facetest.Ann, m.kind, false, m.data)
		l.Told(facetest.Bob, m.kind, false, m.data) // is nobody's business here
		got := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(c.Message().Body), &got); err != nil {
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
	l := facetest.NewLine(t, func(x *trade.Exchange) {
		x.AllowedOrigins = []string{"https://market.example.com", "https://other.example.com"}
	})
	ticket := l.Ticket(t, facetest.Ann)
	if len(ticket) < 26 { // of 32 signs: 130 bits
		t.Errorf("ticket %q is too short", ticket)
	}
	facetest.Dial(t, l.URL+"?ticket="+ticket, nil).Next("open")
	const detail = `{"detail":"Authentication credentials were not provided."}`
	for _, query := range []string{"?ticket=" + ticket, "?ticket=guess", "?ticket="} {
		if a := facetest.Dial(t, l.URL+query, nil).Refused(401); a.Body != detail {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
	for origin, works := range map[string]bool{"https://market.example.com": true, "": false, "https://other.example.com": false} {
		bought := l.Ask(t, facetest.Ann, "POST", "/p2p/ws-ticket", nil, facetest.Header("Origin", "https://market.example.com")).Is(200).At("entity.ticket")
		c := facetest.Dial(t, l.URL+"?ticket="+bought, map[string]string{"Origin": origin})
		if works {
			c.Next("open")
		} else {
			c.Refused(401)
		}
	}
	// Logins at gateways are in the same table. What names no user lets nobody in, whoever finds it.
	hash := sha256.Sum256([]byte("found"))
	if err := l.Store.PutTicket(t.Context(), hex.EncodeToString(hash[:]), []byte(`{"Community":501,"User":"bob","Gateway":"trustap"}`), l.Clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	facetest.Dial(t, l.URL+"?ticket=found", nil).Refused(401)
	late := l.Ticket(t, facetest.Ann)
	l.Clock.Advance(30 * time.Second)
	facetest.Dial(t, l.URL+"?ticket="+late, nil).Refused(401)
	for _, secret := range []string{ticket, late} {
		if strings.Contains(l.Log.String(), secret) {
			t.Error("a ticket is in the log")
		}
	}
}

// The answer to who may not open a websocket is the same for all (customer's contract); the log says why.
func TestSocket_refusedWhy(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, func(x *trade.Exchange) { x.AllowedOrigins = []string{"https://market.example.com"} })
	bought := l.Ask(t, facetest.Ann, "POST", "/p2p/ws-ticket", nil, facetest.Header("Origin", "https://market.example.com")).Is(200).At("entity.ticket")
	for i, try := range []struct{ query, why string }{
		{"?ticket=guess", "invalid_ticket"}, {"?ticket=" + bought, "invalid_ticket"}, {"?token=" + l.Token(facetest.Ann, time.Hour), "token_in_query"},
	} {
		id := fmt.Sprint("refused-", i)
		l.Ask(t, facetest.Ann, "GET", "/ws/p2p/"+try.query, nil, facetest.Anonymous, facetest.Header("X-Request-Id", id)).Is(401)
		if want := "request_id=" + id + " code=" + try.why; !strings.Contains(l.Log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, l.Log.String())
		}
	}
}

// The query ?token= of seed 000 is refused unless it is switched on, and never logged.
func TestSocket_tokenInQuery(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		l := facetest.NewLine(t, func(x *trade.Exchange) { x.TokenInQuery = on })
		token := l.Token(facetest.Ann, time.Hour)
		c := facetest.Dial(t, l.URL+"?token="+token, nil)
		if !on {
			c.Refused(401)
		} else {
			c.Next("open")
			l.Told(facetest.Ann, "ad_interest", false, `{"ad_id":1}`)
			c.Message().Has(map[string]string{"seq": "1"})
			facetest.Dial(t, l.URL+"?token=nonsense", nil).Refused(401)
		}
		if log := l.Log.String(); strings.Contains(log, token) || strings.Contains(log, "token=") {
			t.Errorf("a token is in the log:\n%s", log)
		}
		if !strings.Contains(l.Log.String(), "route=/ws/p2p") {
			t.Error("the request is not in the log")
		}
	}
}

// Contract 44: the first message.
func TestSocket_firstMessage(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	auth := func(token string) string { return `{"type":"auth","token":"` + token + `"}` }
	good := facetest.Dial(t, l.URL, nil)
	good.Next("open")
	good.Send(auth(l.Token(facetest.Ann, time.Hour)))
	// There is no answer: the login is over when an event comes, whichever is first.
	l.Told(facetest.Ann, "ad_interest", false, `{"ad_id":1}`)
	resumed := facetest.Dial(t, l.URL+"?last_seq=0", nil)
	resumed.Next("open")
	resumed.Send(auth(l.Token(facetest.Ann, time.Hour)))
	resumed.Message().Has(map[string]string{"type": "ad_interest", "seq": "1"})
	for _, message := range []string{auth("nonsense"), auth(l.Token(facetest.Ann, -time.Hour)), `{"type":"hello"}`, `{"type":"auth","token":"x","more":1}`, "hello", auth("")} {
		c := facetest.Dial(t, l.URL, nil)
		c.Next("open")
		c.Send(message)
		c.Ends(4401)
	}
	l.Ban(t, facetest.Bob)
	c := facetest.Dial(t, l.URL, nil)
	c.Next("open")
	c.Send(auth(l.Token(facetest.Bob, time.Hour)))
	c.Ends(4401)
	long := facetest.Dial(t, l.URL, nil)
	long.Next("open")
	long.Send(auth(strings.Repeat("x", 5000)))
	long.Ends(1009)
}

// Contract 44 and S14: silence, expiry, a ban and a message out of turn end it.
func TestSocket_ends(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	l.Server.Sockets.Hurry(50*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond)
	silent := facetest.Dial(t, l.URL, nil)
	silent.Next("open")
	silent.Ends(4401)

	expiring := facetest.Dial(t, l.URL+"?ticket="+l.Ask(t, facetest.Carl, "POST", "/p2p/ws-ticket", nil, facetest.Header("Authorization", "Bearer "+l.Token(facetest.Carl, time.Second))).Is(200).At("entity.ticket"), nil)
	expiring.Next("open")
	expiring.Ends(4401, "token_expired")

	talking := l.Join(t, facetest.Ann, "")
	talking.Send("hello?")
	talking.Ends(1008, "not_expected")

	banned := l.Join(t, facetest.Bob, "")
	l.Ban(t, facetest.Bob)
	banned.Ends(4401)
}

// An entry that nobody woke us for is found by looking; v=2 sees all types.
func TestSocket_versions(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	l.Server.Sockets.Hurry(time.Minute, 10*time.Millisecond, time.Minute)
	old, newer := l.Join(t, facetest.Ann, ""), l.Join(t, facetest.Ann, "&v=2")
	l.Diary.Add(facetest.Ann, "offer_disputed", true, `{"offer_id":1}`)
	l.Diary.Add(facetest.Ann, "offer_cancel", false, `{"offer_id":1}`)
	newer.Message().Has(map[string]string{"type": "offer_disputed", "seq": "1"})
	newer.Message().Has(map[string]string{"type": "offer_cancel", "seq": "2"})
	old.Message().Has(map[string]string{"type": "offer_cancel", "seq": "2"})
}

// Contract 45: a dropped connection resumes at another replica, without loss or
// repeat.
func TestSocket_resume(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	config := l.Server.Config
	config.Registry = nil
	replica, err := server.New(config)
	l.Must(err)
	t.Cleanup(func() { l.Must(replica.CloseSockets(context.Background())) })
	other := httptest.NewServer(replica.Handler())
	t.Cleanup(other.Close)
	const all = 250 // more than are read at once
	first := l.Join(t, facetest.Ann, "")
	var seen []string
	for n := range all {
		l.Told(facetest.Ann, "ad_interest", false, fmt.Sprintf(`{"offer_id":%d}`, n))
		if n < 20 {
			seen = append(seen, first.Message().At("offer_id"))
		}
	}
	first.Command(facetest.WsCommand{Terminate: true})
	url := "ws" + strings.TrimPrefix(other.URL, "http") + "/ws/p2p?last_seq=20&ticket=" + l.Ticket(t, facetest.Ann)
	second := facetest.Dial(t, url, nil)
	second.Next("open")
	l.Told(facetest.Ann, "ad_interest", false, fmt.Sprintf(`{"offer_id":%d}`, all))
	for len(seen) <= all {
		seen = append(seen, second.Message().At("offer_id"))
	}
	for n, id := range seen {
		if id != fmt.Sprint(n) {
			t.Fatalf("message %d is of offer %s", n, id)
		}
	}
	ahead := l.Join(t, facetest.Ann, "&last_seq=999999")
	l.Told(facetest.Ann, "ad_interest", false, `{"offer_id":-1}`)
	ahead.Message().Has(map[string]string{"offer_id": "-1"})
}

// H14: in development pages of this machine may open it, whatever their port.
func TestH14_localOrigins(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, func(x *trade.Exchange) { x.LocalOrigins = true })
	for origin, allowed := range map[string]bool{
		"http://localhost:5173": true, "http://127.0.0.1:3000": true, "https://[::1]:8443": true,
		"http://localhost.evil.example": false, "http://10.0.0.1": false, "file://localhost": false,
	} {
		c := facetest.Dial(t, l.URL+"?ticket="+l.Ticket(t, facetest.Bob), map[string]string{"Origin": origin})
		if allowed {
			c.Next("open")
		} else {
			c.Refused(400).Has(map[string]string{"code": "ORIGIN_NOT_ALLOWED"})
		}
	}
}

// S15: pages of other origins, odd queries, and the sixth websocket of a user.
func TestSocket_refused(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, func(x *trade.Exchange) { x.AllowedOrigins = []string{"https://market.example.com"} })
	for origin, allowed := range map[string]bool{
		"https://market.example.com": true, "http://market.example.com": false, "https://market.example.com.evil.example": false,
		"https://evil.example": false, "null": false, "http://" + strings.TrimPrefix(strings.TrimSuffix(l.URL, "/ws/p2p/"), "ws://"): false,
	} {
		c := facetest.Dial(t, l.URL+"?ticket="+l.Ticket(t, facetest.Bob), map[string]string{"Origin": origin})
		if allowed {
			c.Next("open")
		} else {
			c.Refused(400).Has(map[string]string{"code": "ORIGIN_NOT_ALLOWED"})
		}
	}
	for _, query := range []string{"?last_seq=x", "?last_seq=-1", "?v=3", "?v=0", "?cookie=1", "?last_seq=1&last_seq=2"} {
		facetest.Dial(t, l.URL+query, nil).Refused(400).Has(map[string]string{"code": "VALIDATION_ERROR"})
	}
	for range 5 {
		l.Join(t, facetest.Ann, "")
	}
	facetest.Dial(t, l.URL+"?ticket="+l.Ticket(t, facetest.Ann), nil).Refused(429).Has(map[string]string{"code": "TOO_MANY_SOCKETS"})
	c := facetest.Dial(t, l.URL, nil)
	c.Next("open")
	c.Send(`{"type":"auth","token":"` + l.Token(facetest.Ann, time.Hour) + `"}`)
	c.Ends(4429, "too_many_sockets")
	l.Ask(t, facetest.Ann, "GET", "/ws/p2p/", nil).Is(426)
}

// Who does not read is let go, and does not hold up others.
func TestSocket_slowReader(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	l.Server.Sockets.HurryWrites(200 * time.Millisecond)
	slow := make([]*facetest.WSClient, 5)
	for i := range slow {
		slow[i] = l.Join(t, facetest.Ann, "")
		slow[i].Command(facetest.WsCommand{Pause: true})
	}
	facetest.Dial(t, l.URL+"?ticket="+l.Ticket(t, facetest.Ann), nil).Refused(429)
	big := `{"text":"` + strings.Repeat("x", 1<<20) + `"}`
	for range 40 { // more than the buffers between us take
		l.Told(facetest.Ann, "ad_interest", false, big)
	}
	l.Server.Sockets.Wait(0)
	l.Join(t, facetest.Ann, "")
}

// Shutting down ends every websocket, and says so.
func TestSocket_shutdown(t *testing.T) {
	t.Parallel()
	l := facetest.NewLine(t, facetest.AsIs)
	known := l.Join(t, facetest.Ann, "")
	unknown := facetest.Dial(t, l.URL, nil)
	unknown.Next("open")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l.Must(l.Server.CloseSockets(ctx))
	known.Ends(1001)
	unknown.Ends(1001)
	late := l.Join(t, facetest.Ann, "")
	late.Ends(1001)
}
