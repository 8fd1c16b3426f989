package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
)

type keysList struct {
	databaseSetting  `embed:""`
	reading[keyLine] `embed:""`
	Community        int64 `placeholder:"ID" help:"Only this community's keys."`
}

// keyLine is a key without its secret.
type keyLine struct {
	ID          string         `json:"id"`
	CommunityID int64          `json:"community_id"`
	Name        string         `json:"name"`
	Mode        apikey.Mode    `json:"mode"`
	Scopes      []apikey.Scope `json:"scopes"`
	CreatedAt   time.Time      `json:"created_at"`
	ExpiresAt   time.Time      `json:"expires_at,omitzero" help:"Absent: never."`
	LastUsedAt  time.Time      `json:"last_used_at,omitzero" help:"Absent: it was not used yet."`
	RevokedAt   time.Time      `json:"revoked_at,omitzero"`
}

func newKeyLine(k apikey.Key) keyLine {
	return keyLine{k.ID, k.CommunityID, k.Name, k.Mode, append([]apikey.Scope{}, k.Scopes...), k.CreatedAt.UTC(), k.ExpiresAt.UTC(), k.LastUsedAt.UTC(), k.RevokedAt.UTC()}
}

// row is a line of the table.
func (k keyLine) row() string {
	return fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s", k.ID, k.CommunityID, k.Name, k.Mode, scopeList(k.Scopes), utc(k.CreatedAt), utc(k.ExpiresAt), utc(k.LastUsedAt), utc(k.RevokedAt))
}

// Run prints one line for each key, without its secret, which nobody knows.
func (c keysList) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Communities(env)
	if err != nil {
		return err
	}
	var lines []keyLine
	found := c.Community == 0
	for _, one := range all {
		if c.Community != 0 && one.ID != c.Community {
			continue
		}
		found = true
		keys, err := db.Keys(env, one.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			lines = append(lines, newKeyLine(k))
		}
	}
	if !found {
		return unknownCommunity(c.Community)
	}
	return c.list(env, "id\tcommunity\tname\tmode\tscopes\tcreated\texpires\tlast use\trevoked", keyLine.row, lines)
}

func scopeList(scopes []apikey.Scope) string {
	texts := make([]string, len(scopes))
	for i, s := range scopes {
		texts[i] = string(s)
	}
	return cmp.Or(strings.Join(texts, ","), "-")
}

// utc writes an instant in UTC, or a dash for none.
func utc(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

// expiry reads when a key ends: days or a duration from now on, or a day at whose end
// in UTC. Nothing: never, the zero time.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var at time.Time
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		at = day.AddDate(0, 0, 1)
	} else if in := span(0); in.UnmarshalText([]byte(text)) == nil {
		at = now.Add(time.Duration(in))
	} else {
		return time.Time{}, fmt.Errorf("--expires %q must be a time from now such as 90d or 12h, or a day such as 2027-01-31", text)
	}
	if !at.After(now) {
		return time.Time{}, fmt.Errorf("--expires %q is in the past", text)
	}
	return at, nil
}
