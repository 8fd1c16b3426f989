package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// Keys keeps the API keys of backends.
type Keys interface {
	Keys(ctx context.Context, community int64) ([]apikey.Key, error)
	FindKey(ctx context.Context, id string) (apikey.Key, bool, error)
	AddKey(ctx context.Context, k apikey.Key, by orchestrator.By) error
	RevokeKey(ctx context.Context, id string, at time.Time, by orchestrator.By) error
}

// keyring are the keys of a community as the page shows them.
type keyring struct {
	All  []apikey.Key
	Mode apikey.Mode // that of this server; empty: keys of both
	Made string      // the text of a key that was made just now; it is shown once
	Now  time.Time
	v    visit
}

func (f face) keys(v visit) error { return f.showKeys(v, "") }

func (f face) showKeys(v visit, made string) error {
	all, err := f.Keys.Keys(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	slices.Reverse(all) // the newest first
	k := keyring{All: all, Mode: f.Mode, Made: made, Now: f.Door.Now(), v: v}
	return f.show(v, v.say("API keys"), k.sentence(v.Request.Context()), keysPage(k))
}

func (k keyring) sentence(ctx context.Context) string {
	if k.Made != "" {
		return say(ctx, "Copy the new key now: it is shown this once.")
	}
	good := 0
	for _, one := range k.All {
		if keyTone(one, k.Now) == "good" {
			good++
		}
	}
	return number(ctx, good, "One key works for this community.", "%d keys work for this community.")
}

// keyTone is the colour of a key, and keyWords say the same.
func keyTone(k apikey.Key, now time.Time) string {
	if !k.RevokedAt.IsZero() || !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) {
		return "idle"
	}
	return "good"
}

func keyWords(ctx context.Context, k apikey.Key, now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return say(ctx, "revoked")
	case keyTone(k, now) == "idle":
		return say(ctx, "no longer valid")
	}
	return say(ctx, "works")
}

func scopesOf(k apikey.Key) string {
	texts := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}

// kindsOfKeys are what a new key may do.
var kindsOfKeys = map[string][]apikey.Scope{
	"read": {apikey.Read}, "read,write": {apikey.Read, apikey.Write}, "read,write,operator": {apikey.Read, apikey.Write, apikey.Operate}, "publishable": {apikey.Publish},
}

// addKey makes a key, and shows it once. A key moves money, so that the person has to show who they are.
func (f face) addKey(v visit) error {
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	name := v.PostForm("name")
	if err := web.Text("name", name, web.MaxText); err != nil {
		return err
	}
	scopes, known := kindsOfKeys[v.PostForm("scopes")]
	mode := apikey.Mode(v.PostForm("mode"))
	switch {
	case strings.TrimSpace(name) == "":
		return web.Missing("name")
	case !known:
		return web.Invalid("invalid_query", "scopes", "scopes must be read, read,write, read,write,operator or publishable")
	case mode != apikey.Test && mode != apikey.Live || f.Mode != "" && mode != f.Mode:
		return web.Invalid("invalid_query", "mode", "mode must be that of this server: it takes no other keys")
	}
	now := f.Door.Now().UTC()
	var expires time.Time
	if text := v.PostForm("days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 3650 {
			return web.Invalid("invalid_time", "days", "days must be a number, 1 to 3650, or empty")
		}
		expires = now.AddDate(0, 0, days)
	}
	if err := f.movesMoney(v); err != nil {
		return err
	}
	k, text := apikey.Generate(v.Community, name, mode, scopes, now)
	k.ExpiresAt = expires
	if err := f.Keys.AddKey(v.Request.Context(), k, f.by(v, reason)); err != nil {
		return err
	}
	return f.showKeys(v, text)
}

// revokeKey ends a key of the community; it stops working at once on every replica.
func (f face) revokeKey(v visit) error {
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	k, found, err := f.Keys.FindKey(v.Request.Context(), v.Param("id"))
	if err != nil {
		return err
	}
	if !found || k.CommunityID != v.Community {
		return fault.New(fault.NotFound, "key_not_found", "there is no such API key")
	}
	if err := f.Keys.RevokeKey(v.Request.Context(), k.ID, f.Door.Now(), f.by(v, reason)); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, keysPath)
	return nil
}
