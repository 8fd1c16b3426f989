package web_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/server/web"
)

// A route that may change something and does not say how it is repeated is not served.
func TestP5_everyRouteSaysHowItIsRepeated(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		web.Route
		refused string // a part of the error; empty: it is served
	}{
		"says nothing":          {web.Route{Method: "POST", Access: web.Writing}, "says neither"},
		"deletes, says nothing": {web.Route{Method: "DELETE", Access: web.Users}, "says neither"},
		"says both":             {web.Route{Method: "PUT", Access: web.Operating, Keying: web.KeyHonoured, Repeats: web.ChangesNothing}, "says that it needs none"},
		"takes a key":           {web.Route{Method: "POST", Access: web.Writing, Keying: web.KeyRequired}, ""},
		"needs none":            {web.Route{Method: "POST", Access: web.Reading, Repeats: web.LooksOnly}, ""},
		"reads":                 {web.Route{Method: "GET", Access: web.Reading}, ""},
		"is for everybody":      {web.Route{Method: "POST", Access: web.Public}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := web.NewKit(web.Settings{Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: func() string { return "req_1" }, Registry: prometheus.NewRegistry()})
			if err != nil {
				t.Fatal(err)
			}
			tc.Path, tc.Serve = "/v1/things", func(*gin.Context, web.Route) error { return nil }
			if _, err = k.Mount(web.Face{Routes: []web.Route{tc.Route}}); tc.refused == "" && err != nil || tc.refused != "" && (err == nil || !strings.Contains(err.Error(), tc.refused)) {
				t.Errorf("got %v, want %q", err, tc.refused)
			}
		})
	}
}
